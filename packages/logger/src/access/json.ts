import { clockText } from './clock-text.ts'
import { escapeJson } from './escape.ts'
import { type Line, type LineOptions, statusOf, userOf } from './line.ts'

/** Lines that are JSON objects; what is not known is left out, but for the status, which is null then. */
export function jsonLine({ worker, pid, requestIdHeader, now }: LineOptions): Line {
  const clock = clockText(now)
  const end = `,"worker":${worker},"pid":${pid}}`
  return (entry, limit) => {
    const text = (name: string, value: string | undefined): string =>
      value === undefined ? '' : `,"${name}":${escapeJson(value, limit)}`
    const tookMs = Math.round((entry.endedAt - entry.startedAt) * 1_000) / 1_000
    return (
      `{"time":"${clock.iso()}"` +
      text('remoteAddress', entry.remoteAddress) +
      text('user', userOf(entry)) +
      text('method', entry.method) +
      text('url', entry.url) +
      text('protocol', entry.protocol) +
      `,"status":${statusOf(entry) ?? null}` +
      (entry.bytes === undefined ? '' : `,"bytes":${entry.bytes}`) +
      `,"durationMs":${tookMs}` +
      text('outcome', entry.ending) +
      text('referer', entry.requestHeader('referer')) +
      text('userAgent', entry.requestHeader('user-agent')) +
      text('forwardedFor', entry.requestHeader('x-forwarded-for')) +
      text('requestId', requestIdHeader && entry.requestHeader(requestIdHeader)) +
      end
    )
  }
}
