import { describe, expect, it } from 'vitest'

import { outOfMemoryWatch } from '../src/out-of-memory.ts'

describe.each([
  ['version 2', '0::/app.slice', '/sys/fs/cgroup/app.slice/memory.events'],
  ['version 2 in a container', '0::/', '/sys/fs/cgroup/memory.events'],
  [
    'version 1',
    '5:devices:/\n4:hugetlb,memory:/app.slice\n0::/',
    '/sys/fs/cgroup/memory/app.slice/memory.oom_control',
  ],
])('outOfMemoryWatch with cgroups of %s', (_, groups, counter) => {
  it('says of each kill once that there was one', () => {
    let kills = 3
    const watch = outOfMemoryWatch((path) =>
      path === '/proc/self/cgroup' ? groups : path === counter ? `oom 9\noom_kill ${kills}\n` : '',
    )
    expect(watch()).toBe(false)
    kills += 1
    expect([watch(), watch()]).toEqual([true, false])
    kills += 2
    expect([watch(), watch(), watch()]).toEqual([true, true, false])
  })

  it('blames no kill of another process on a worker that dies later', () => {
    let [kills, now] = [0, 0]
    const watch = outOfMemoryWatch(
      (path) => (path === '/proc/self/cgroup' ? groups : `oom_kill ${kills}`),
      () => now,
    )
    kills += 2
    expect(watch()).toBe(true)
    now += 2_001
    expect(watch()).toBe(false)
  })
})

describe('outOfMemoryWatch without cgroups', () => {
  it('has never seen a kill', () => {
    expect(outOfMemoryWatch(() => '')()).toBe(false)
  })
})
