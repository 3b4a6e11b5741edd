import type { AccessEntry } from '@nunicorn/contract'

import { clockText } from './clock-text.ts'
import { escapeJson } from './escape.ts'
import { type Line, type LineOptions, statusOf, userOf } from './line.ts'

/** Lines that are JSON objects; what is not known is left out, but for the status, which is null then. */
export function jsonLine({ worker, pid, requestIdHeader, now }: LineOptions): Line {
  const clock = clockText(now)
  const end = `,"worker":${worker},"pid":${pid}}`
  return (entry, limit) => {
    const { remoteAddress, bytes } = entry
    return (
      `{"time":"${clock.iso()}"` +
      (remoteAddress === undefined ? '' : `,"remoteAddress":"${remoteAddress}"`) +
      text(',"user":', userOf(entry), limit) +
      text(',"method":', entry.method, limit) +
      text(',"url":', entry.url, limit) +
      `,"protocol":"${entry.protocol}","status":${statusOf(entry) ?? null}` +
      (bytes === undefined ? '' : `,"bytes":${bytes}`) +
      `,"durationMs":${millisecondsOf(entry)},"outcome":"${entry.ending}"` +
      text(',"referer":', entry.requestHeader('referer'), limit) +
      text(',"userAgent":', entry.requestHeader('user-agent'), limit) +
      text(',"forwardedFor":', entry.requestHeader('x-forwarded-for'), limit) +
      text(',"requestId":', requestIdHeader && entry.requestHeader(requestIdHeader), limit) +
      end
    )
  }
}

/** Three parameters, because an object for each value would cost more than the rest. */
function text(name: string, value: string | undefined, limit: number | undefined): string {
  return value === undefined ? '' : name + escapeJson(value, limit)
}

/** To the microsecond. Whole numbers are written much faster than others. */
function millisecondsOf({ startedAt, endedAt }: AccessEntry): string {
  const microseconds = Math.round((endedAt - startedAt) * 1_000)
  return `${Math.trunc(microseconds / 1_000)}.${String(microseconds % 1_000).padStart(3, '0')}`
}
