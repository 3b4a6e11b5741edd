/** The time of a log line as text; lines of one second share the work. */
export interface ClockText {
  /** `[25/Nov/2026:04:34:41 +0000]`, in local time. */
  common(): string
  /** `2026-11-25T04:34:41.123Z` */
  iso(): string
}

/** `000` to `999`: to look one up costs a tenth of writing it. */
export const thousandths: readonly string[] = Array.from({ length: 1_000 }, (_, count) =>
  String(count).padStart(3, '0'),
)

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export function clockText(now: () => number = Date.now): ClockText {
  let second = Number.NaN
  let common: string | undefined
  let iso: string | undefined

  function look(): number {
    const ms = now()
    const current = Math.floor(ms / 1_000)
    if (current !== second) [second, common, iso] = [current, undefined, undefined]
    return ms
  }

  return {
    common() {
      look()
      return (common ??= formatCommon(new Date(second * 1_000)))
    },
    iso() {
      const ms = look()
      iso ??= new Date(second * 1_000).toISOString().slice(0, 19)
      return `${iso}.${thousandths[ms - second * 1_000]}Z`
    },
  }
}

function formatCommon(time: Date): string {
  const day = `${pad(time.getDate())}/${months[time.getMonth()]}/${time.getFullYear()}`
  const clock = `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`
  const offset = -time.getTimezoneOffset()
  const size = Math.abs(offset)
  const zone = `${offset < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}${pad(size % 60)}`
  return `[${day}:${clock} ${zone}]`
}

function pad(value: number): string {
  return String(Math.trunc(value)).padStart(2, '0')
}
