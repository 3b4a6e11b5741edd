/** `350 ms`, `4.2 s`, `3 m 20 s`, `5 h 10 m`, `12 d 3 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.floor(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${minutes % 60} m`
  return `${Math.floor(minutes / 1_440)} d ${Math.floor((minutes % 1_440) / 60)} h`
}

export function megabytes(bytes: number): string {
  const amount = bytes / 2 ** 20
  if (amount < 1) return `${Math.ceil(bytes / 1_024)} kB`
  return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} MB`
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

export function count(number: number): string {
  return number.toLocaleString('en-US')
}

/** `2026-11-25 04:37:12.123`, in local time as the log has it. */
export function time(at: number): string {
  const date = new Date(at)
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day} ${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/** What comes from an app may hold anything, also what a terminal would obey. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\u{fffd}')
}

/** The same where only one line has room: in a cell of a table. */
export function printableLine(text: string): string {
  return printable(text).replaceAll(/[\t\n]/g, '\u{fffd}')
}
