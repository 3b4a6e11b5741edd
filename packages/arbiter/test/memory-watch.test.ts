import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { memoryWatch, type Weighed } from '../src/memory-watch.ts'

const worker = (id: number): Weighed => ({ id, pid: 100 + id, limitBytes: 50 })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
  return () => vi.useRealTimers()
})

afterEach(() => vi.restoreAllMocks())

describe('memoryWatch', () => {
  it('measures each worker, again and again, until none is limited, and begins anew', async () => {
    let weighed = [worker(1), worker(2)]
    const measured: number[] = []
    const watch = memoryWatch({
      gauge: { measure: async (pid, above) => (pid === 102 ? undefined : pid + above) },
      weighed: () => weighed,
      onMeasured: (id, bytes) => measured.push(id, bytes),
      pause: async () => void (measured.length >= 4 && (weighed = [])),
    })
    watch.start()
    watch.start()
    await vi.waitFor(() => expect(measured).toEqual([1, 151, 1, 151]))
    weighed = [worker(3)]
    watch.start()
    await vi.waitFor(() => expect(measured.slice(4)).toEqual([3, 153]))
  })

  it('takes more time where measuring takes long, within bounds', async () => {
    const pauses: number[] = []
    const tookMs = [1, 200, 5_000]
    const watch = memoryWatch({
      gauge: {
        async measure() {
          vi.advanceTimersByTime(tookMs[pauses.length] ?? 0)
          return 1
        },
      },
      weighed: () => (pauses.length < tookMs.length ? [worker(1)] : []),
      onMeasured() {},
      pause: async (ms) => void pauses.push(ms),
    })
    watch.start()
    await vi.waitFor(() => expect(pauses).toEqual([2_000, 4_000, 10_000]))
  })

  it('ends when it is stopped, without another word', async () => {
    const gate = Promise.withResolvers<number>()
    const onMeasured = vi.fn<() => void>()
    const watch = memoryWatch({
      gauge: { measure: () => gate.promise },
      weighed: () => [worker(1)],
      onMeasured,
    })
    watch.start()
    watch.stop()
    gate.resolve(1)
    await gate.promise
    expect(onMeasured).not.toHaveBeenCalled()
  })
})
