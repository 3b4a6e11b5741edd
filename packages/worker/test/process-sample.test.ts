import { afterEach, expect, it, vi } from 'vitest'

import { processSampler } from '../src/process-sample.ts'

afterEach(() => void vi.restoreAllMocks())

it('measures this process', () => {
  const sample = processSampler()()
  expect(sample.rssBytes).toBeGreaterThan(10_000_000)
  expect(sample.heapUsedBytes).toBeLessThan(sample.heapLimitBytes)
  expect(sample.utilisation).toBeGreaterThanOrEqual(0)
  expect(sample.utilisation).toBeLessThanOrEqual(1)
  expect(sample.loopDelayMs).toBeGreaterThanOrEqual(0)
  expect(sample.cpuSeconds).toBeGreaterThan(0)
})

it('says what it knew last when there is no descriptor left to read /proc', () => {
  const measure = processSampler()
  const { rssBytes } = measure()
  vi.spyOn(process.memoryUsage, 'rss').mockImplementation(() => {
    throw new Error('EMFILE: too many open files, uv_resident_set_memory')
  })
  expect(measure().rssBytes).toBe(rssBytes)
})
