import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

import type { ProcessSample } from '@nunicorn/contract'

/** How often the event loop is seen to be on time: what is shorter is not found, what is more often costs CPU time. */
const resolutionMs = 50
const nanosecondsPerMs = 1e6

/** Measures this process; each call covers the time since the one before. */
export function processSampler(): () => ProcessSample {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs })
  delays.enable()
  let before = performance.eventLoopUtilization()
  let rssBytes = 0
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    const { used_heap_size: heapUsedBytes, heap_size_limit: heapLimitBytes } = getHeapStatistics()
    const { user, system } = process.cpuUsage()
    const longest = delays.max / nanosecondsPerMs
    delays.reset()
    return {
      rssBytes: (rssBytes = residentBytes() ?? rssBytes),
      heapUsedBytes,
      heapLimitBytes,
      utilisation: utilization,
      loopDelayMs: Math.max(0, longest - resolutionMs),
      cpuSeconds: (user + system) / 1e6,
    }
  }
}

/** It is read from /proc, for which a descriptor must be free. */
function residentBytes(): number | undefined {
  try {
    return process.memoryUsage.rss()
  } catch {
    return undefined
  }
}
