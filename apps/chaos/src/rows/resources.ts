import type { Row } from './row.ts'

export const resources: readonly Row[] = [
  {
    number: 64,
    name: 'EMFILE in one worker',
    inject: '`prlimit --nofile=60` on it, under A',
    pass: '0 resets: gate closes, neighbour serves',
    release: true,
  },
  {
    number: 65,
    name: 'EMFILE in the arbiter',
    inject: '`prlimit --nofile=40` on it, then crash a worker',
    pass: 'running workers unaffected; retry with back-off; recovers',
    release: false,
  },
  {
    number: 66,
    name: 'fork fails',
    inject: '`pids.max` in cgroup, kill a worker',
    pass: 'no exit; retried; degraded',
    release: false,
  },
  {
    number: 67,
    name: 'disk full on logs',
    inject: 'stdout and log file on a 1 MB tmpfs',
    pass: '0 failed; lines dropped are counted; resumes when freed',
    release: true,
  },
  {
    number: 68,
    name: 'stalled log reader',
    inject: 'pipe nobody reads, 100 MB of lines',
    pass: '0 failed; memory bounded (≤16 MB buffered)',
    release: true,
  },
  {
    number: 69,
    name: 'leak in one worker',
    inject: '+5 MB per 10 requests',
    pass: 'retired at soft limit without a failed request; hard limit kills even if stuck',
    release: true,
  },
  {
    number: 70,
    name: 'leaks in all at once',
    inject: 'same in all',
    pass: 'at most one retired at a time; ready ≥ N throughout',
    release: false,
  },
  {
    number: 71,
    name: 'read-only or full /tmp, unlinked Unix socket path',
    inject: '`unshare -m`, remount',
    pass: 'serving not affected; alert',
    release: false,
  },
  {
    number: 72,
    name: 'slow disk at boot',
    inject: '`ionice`, 10 s module load by FIFO',
    pass: 'boot-timeout honoured, others serve',
    release: false,
  },
  {
    number: 73,
    name: 'PID 1 with zombies',
    inject: '`unshare --pid`, app spawns orphans',
    pass: 'zombies = 0, or documented need of an init is checked and warned at start',
    release: false,
  },
]
