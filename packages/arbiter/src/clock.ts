import type { Clock } from './ports.ts'

/** `performance.now` is CLOCK_MONOTONIC: setting the wall clock moves nobody's deadline. */
export function monotonicClock(): Clock {
  let timer: NodeJS.Timeout | undefined
  return {
    now: () => performance.now(),
    wake(at, callback) {
      clearTimeout(timer)
      timer = setTimeout(callback, Math.max(0, Math.ceil(at - performance.now())))
    },
    stop: () => clearTimeout(timer),
  }
}
