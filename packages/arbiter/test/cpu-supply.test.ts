import { describe, expect, it } from 'vitest'

import { cpuSupply, readCpuCounters } from '../src/diagnose/cpu-supply.ts'

function files(texts: Readonly<Record<string, string>>): (path: string) => string {
  return (path) => texts[path] ?? ''
}

describe('readCpuCounters', () => {
  it('adds up what every quota above a process has cost it, with cgroups of version 2', () => {
    const counters = readCpuCounters(
      7,
      files({
        '/proc/7/cgroup': '0::/app.slice/one\n',
        '/sys/fs/cgroup/app.slice/cpu.stat': 'nr_throttled 2\nthrottled_usec 3000\n',
        '/sys/fs/cgroup/app.slice/one/cpu.stat': 'nr_throttled 1\nthrottled_usec 500\n',
        '/proc/pressure/cpu': 'some avg10=1.00 avg60=1.00 avg300=1.00 total=8000\nfull total=0\n',
      }),
    )
    expect(counters).toMatchObject({ throttledPeriods: 3, throttledMs: 3.5, stalledMs: 8 })
  })

  it('counts nanoseconds where version 1 does', () => {
    const counters = readCpuCounters(
      7,
      files({
        '/proc/7/cgroup': '3:cpu,cpuacct:/app\n0::/\n',
        '/sys/fs/cgroup/cpu/app/cpu.stat': 'nr_throttled 4\nthrottled_time 2000000\n',
      }),
    )
    expect(counters).toMatchObject({ throttledPeriods: 4, throttledMs: 2, stalledMs: 0 })
  })
})

describe('cpuSupply', () => {
  it('is what happened in between', () => {
    const from = { throttledPeriods: 1, throttledMs: 10, stalledMs: 100, atMs: 0 }
    const to = { throttledPeriods: 4, throttledMs: 260.4, stalledMs: 850, atMs: 1_000 }
    expect(cpuSupply(from, to)).toEqual({ throttledPeriods: 3, throttledMs: 250, pressure: 0.75 })
  })
})
