import { describe, expect, it } from 'vitest'

import { memoryGauge } from '../src/memory-gauge.ts'

describe.runIf(process.platform === 'linux')('memoryGauge', () => {
  it('measures what a process shares less than whole, and what it takes by itself whole', async () => {
    const gauge = memoryGauge()
    const before = (await gauge.measure(process.pid, 0)) ?? 0
    expect(before).toBeGreaterThan(10 * 2 ** 20)
    expect(before).toBeLessThanOrEqual(process.memoryUsage.rss() + 5 * 2 ** 20)
    const taken = Buffer.alloc(100 * 2 ** 20, 1)
    const after = (await gauge.measure(process.pid, 0)) ?? 0
    expect(after - before).toBeGreaterThan(0.9 * taken.length)
  })

  it('says no less than the truth where only an upper bound is asked for', async () => {
    const gauge = memoryGauge()
    const exact = (await gauge.measure(process.pid, 0)) ?? 0
    const bound = await gauge.measure(process.pid, Number.POSITIVE_INFINITY)
    expect(bound).toBeGreaterThan(exact * 0.9)
  })

  it('says nothing of a process that is not there', async () => {
    expect(await memoryGauge().measure(2 ** 22 + 1, 0)).toBeUndefined()
  })
})
