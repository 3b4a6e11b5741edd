import { describe, expect, it } from 'vitest'

import { memoryRoom, type MemoryRoom } from '../src/memory-room.ts'

const megabyte = 2 ** 20

interface Machine {
  readonly limit: number | 'max'
  readonly usage: number
  readonly cached?: number
  readonly swap?: number
  /** Of version 2. */
  readonly swapLimit?: number
}

/** In megabytes; two workers that took 120 and 100 to start. */
function roomOf(
  version: 1 | 2,
  { limit, usage, cached = 0, swap = 0, swapLimit }: Machine,
): MemoryRoom {
  const bytes = (value: number | 'max'): string =>
    value === 'max' ? (version === 1 ? '9223372036854771712\n' : 'max\n') : `${value * megabyte}\n`
  const files: Readonly<Record<string, string>> = {
    '/proc/self/cgroup': version === 1 ? '4:memory:/app\n0::/\n' : '0::/app\n',
    '/proc/11/status': 'VmRSS:  200000 kB\nRssAnon:  122880 kB\n',
    '/proc/12/status': 'VmRSS:  200000 kB\nRssAnon:  102400 kB\n',
    '/proc/meminfo': `SwapFree: ${swap * 1_024} kB\n`,
    '/sys/fs/cgroup/app/memory.max': bytes(limit),
    '/sys/fs/cgroup/app/memory.current': bytes(usage),
    '/sys/fs/cgroup/app/memory.swap.max': bytes(swapLimit ?? 'max'),
    '/sys/fs/cgroup/app/memory.swap.current': bytes(0),
    '/sys/fs/cgroup/app/memory.stat': `inactive_file ${cached * megabyte}\nactive_file 0\n`,
    '/sys/fs/cgroup/memory/app/memory.limit_in_bytes': bytes(limit),
    '/sys/fs/cgroup/memory/app/memory.usage_in_bytes': bytes(usage),
    '/sys/fs/cgroup/memory/app/memory.stat': `inactive_file 0\ntotal_inactive_file ${cached * megabyte}\n`,
  }
  const room = memoryRoom((path) => files[path] ?? '')
  room.ready(11)
  room.ready(12)
  return room
}

describe.each([1, 2] as const)('memoryRoom with a cgroup of version %i', (version) => {
  it.each([
    ['without a limit', { limit: 'max', usage: 900 }],
    ['with room for one more', { limit: 400, usage: 300 }],
    ['with what is cached', { limit: 400, usage: 350, cached: 50 }],
    ['with swap', { limit: 400, usage: 350, swap: 50 }],
  ] as const)('lets a worker more start %s', (_, machine) => {
    expect(() => roomOf(version, machine).check()).not.toThrow()
  })

  it('refuses one that would not fit, and says what it lacks', () => {
    expect(() => roomOf(version, { limit: 400, usage: 350, cached: 10 }).check()).toThrow(
      'There is no room for one worker more: the memory limit leaves 60 MB, and a worker takes 100 MB to start.',
    )
  })
})

describe('memoryRoom', () => {
  it('counts no swap that the cgroup may not use', () => {
    const machine = { limit: 400, usage: 350, swap: 1_000 } as const
    expect(() => roomOf(2, machine).check()).not.toThrow()
    expect(() => roomOf(2, { ...machine, swapLimit: 20 }).check()).toThrow(/leaves 70 MB/)
  })

  it('forgets what has gone, and knows nothing before the first worker is ready', () => {
    const room = roomOf(2, { limit: 400, usage: 290 })
    expect(() => room.check()).not.toThrow()
    room.forget(12)
    expect(() => room.check()).toThrow(/a worker takes 120 MB/)
    room.forget(11)
    expect(() => room.check()).not.toThrow()
  })

  it('sees no limit where there are no cgroups', () => {
    expect(() => memoryRoom(() => '').check()).not.toThrow()
  })
})
