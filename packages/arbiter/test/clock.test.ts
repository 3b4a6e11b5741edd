import { afterEach, expect, it, vi } from 'vitest'

import { monotonicClock } from '../src/clock.ts'

afterEach(() => void vi.useRealTimers())

it('does not follow the wall clock', () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const clock = monotonicClock()
  const before = clock.now()
  vi.setSystemTime(Date.now() + 3_600_000)
  expect(clock.now() - before).toBeLessThan(60_000)
  vi.setSystemTime(Date.now() - 7_200_000)
  expect(clock.now()).toBeGreaterThanOrEqual(before)
})

it('calls back at the time of the last appointment, and never early', async () => {
  const clock = monotonicClock()
  const at = clock.now() + 30.4
  const called = await new Promise<{ readonly who: string; readonly at: number }>((resolve) => {
    clock.wake(clock.now() + 5, () => resolve({ who: 'first', at: clock.now() }))
    clock.wake(at, () => resolve({ who: 'second', at: clock.now() }))
  })
  expect(called.who).toBe('second')
  expect(called.at).toBeGreaterThanOrEqual(at)
})

it('calls nobody once it is stopped', async () => {
  const clock = monotonicClock()
  const called = vi.fn<() => void>()
  clock.wake(clock.now(), called)
  clock.stop()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(called).not.toHaveBeenCalled()
})
