import { clockText, thousandths } from './clock-text.ts'
import type { LineBytes } from './line-bytes.ts'
import { type Line, type LineOptions, statusOf, userOf } from './line.ts'

/** Lines that are JSON objects; what is not known is left out, but for the status, which is null then. */
export function jsonLine({ worker, pid, requestIdHeader, now }: LineOptions): Line {
  const clock = clockText(now)
  const end = `,"worker":${worker},"pid":${pid}}`
  return (entry, line, limit) => {
    const { remoteAddress, method, url, protocol, bytes, startedAt, endedAt, ending } = entry
    line.text('{"time":"')
    line.text(clock.iso())
    line.text('"')
    member(line, ',"remoteAddress":', remoteAddress)
    member(line, ',"user":', userOf(entry), limit)
    member(line, ',"method":', method, limit)
    member(line, ',"url":', url, limit)
    line.text(',"protocol":"')
    line.text(protocol)
    line.text('","status":')
    line.text(String(statusOf(entry) ?? null))
    if (bytes !== undefined) {
      line.text(',"bytes":')
      line.text(String(bytes))
    }
    line.text(',"durationMs":')
    addMilliseconds(line, endedAt - startedAt)
    line.text(',"outcome":"')
    line.text(String(ending))
    line.text('"')
    member(line, ',"referer":', entry.requestHeader('referer'), limit)
    member(line, ',"userAgent":', entry.requestHeader('user-agent'), limit)
    member(line, ',"forwardedFor":', entry.requestHeader('x-forwarded-for'), limit)
    member(line, ',"requestId":', requestIdHeader && entry.requestHeader(requestIdHeader), limit)
    line.text(end)
  }
}

/** Four parameters, because an object for each value would cost more than the rest. */
function member(line: LineBytes, name: string, value: string | undefined, limit?: number): void {
  if (value === undefined) return
  line.text(name)
  line.json(value, limit)
}

/** To the microsecond. Whole numbers are written much faster than others. */
function addMilliseconds(line: LineBytes, ms: number): void {
  const microseconds = Math.round(ms * 1_000)
  line.text(String(Math.trunc(microseconds / 1_000)))
  line.text('.')
  line.text(thousandths[microseconds % 1_000]!)
}
