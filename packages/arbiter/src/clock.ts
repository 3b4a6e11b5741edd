import type { Clock } from './ports.ts'

/** `performance.now` is CLOCK_MONOTONIC: setting the wall clock moves nobody's deadline. */
export function monotonicClock(): Clock {
  let timer: NodeJS.Timeout | undefined

  function wake(at: number, callback: () => void): void {
    clearTimeout(timer)
    timer = setTimeout(
      // libuv counts whole milliseconds from when its turn began, and may come a fraction of one early.
      () => (performance.now() < at ? wake(at, callback) : callback()),
      Math.max(0, Math.ceil(at - performance.now())),
    )
  }

  return {
    now: () => performance.now(),
    wake,
    stop: () => clearTimeout(timer),
  }
}
