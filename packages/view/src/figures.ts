/** What stands where nothing is known. */
export const nothing = '–'

/** `1,234`, `56.7`, `0.5` per second. */
export function perSecond(value: number | undefined): string {
  if (value === undefined) return nothing
  return value >= 100 ? grouped(value) : value === 0 ? '0' : value.toFixed(1)
}

/** `0.42 ms`, `4.2 ms`, `42 ms`, `4.2 s`. */
export function milliseconds(value: number | undefined): string {
  if (value === undefined) return nothing
  if (value >= 10_000) return `${Math.round(value / 1_000)} s`
  if (value >= 1_000) return `${(value / 1_000).toFixed(1)} s`
  return `${value.toFixed(value >= 10 ? 0 : value >= 1 ? 1 : 2)} ms`
}

/** `42 %`. */
export function percent(part: number | undefined): string {
  return part === undefined ? nothing : `${Math.round(part * 100)} %`
}

const mebibyte = 1024 * 1024

/** `42 MB`, `1.2 GB`; of 1,024 each, as top and ps have it. */
export function bytes(value: number | undefined): string {
  if (value === undefined) return nothing
  if (value >= 1024 * mebibyte) return `${(value / (1024 * mebibyte)).toFixed(1)} GB`
  return `${Math.round(value / mebibyte)} MB`
}

/** `12 s`, `3 min`, `5 h`, `2 d`: as long as something has lasted. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`
}

/** `21:18:51`, where the reader is. */
export function clock(at: number): string {
  const time = new Date(at)
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
}

/** `1,234`; written out, as the locale of a terminal is nobody's choice. */
function grouped(value: number): string {
  return Math.round(value)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, ',')
}
