import type { Clock } from '../src/ports.ts'

/** Monotonic time that passes when the test says so. */
export interface FakeClock extends Clock {
  /** Lets so much time pass, and keeps every appointment on the way. */
  advance(ms: number): void
}

export function createFakeClock(): FakeClock {
  let time = 5_000
  let alarm: { readonly at: number; readonly callback: () => void } | undefined

  return {
    now: () => time,
    wake(at, callback) {
      alarm = { at, callback }
    },
    stop() {
      alarm = undefined
    },
    advance(ms) {
      const end = time + ms
      while (alarm !== undefined && alarm.at <= end) {
        const { at, callback } = alarm
        alarm = undefined
        time = Math.max(time, at)
        callback()
      }
      time = end
    },
  }
}
