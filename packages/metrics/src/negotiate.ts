import type { Format } from './render.ts'

/** Which format an `Accept` header prefers (RFC 9110 12.5.1); the classic one if it does not care. */
export function negotiateFormat(accept: string | undefined): Format {
  const ranges = (accept ?? '').split(',').map(readRange)
  const quality = (fits: (range: Range) => boolean): number =>
    Math.max(0, ...ranges.filter(fits).map((range) => range.quality))
  const openMetrics = quality(
    ({ type, version }) =>
      type === 'application/openmetrics-text' && (version === undefined || version === '1.0.0'),
  )
  const classic = quality(({ type }) => ['text/plain', 'text/*', '*/*'].includes(type))
  return openMetrics > 0 && openMetrics >= classic ? 'openmetrics' : 'prometheus'
}

interface Range {
  readonly type: string
  readonly version: string | undefined
  readonly quality: number
}

function readRange(text: string): Range {
  const [type = '', ...pairs] = text.split(';').map((part) => part.trim().toLowerCase())
  const parameters = new Map(
    pairs.map((pair) => pair.split('=').map((part) => part.trim()) as [string, string]),
  )
  const quality = Number(parameters.get('q') ?? 1)
  return {
    type,
    version: parameters.get('version'),
    quality: quality >= 0 && quality <= 1 ? quality : 0,
  }
}
