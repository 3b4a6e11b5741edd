import { describe, expect, it } from 'vitest'

import { countOverflows, listenerWatch } from '../src/listener-watch.ts'

/** As the kernel writes it: a line of names, a line of numbers. */
function netstat(overflows: number): string {
  return [
    'TcpExt: SyncookiesSent ListenOverflows ListenDrops',
    `TcpExt: 7 ${overflows} 9`,
    'IpExt: InNoRoutes InTruncatedPkts',
    'IpExt: 1 2',
    '',
  ].join('\n')
}

interface Watched {
  readonly lines: readonly string[]
  look(overflows: number, reachable?: boolean): void
}

function watch(): Watched {
  const lines: string[] = []
  const say = (line: string): unknown => lines.push(line)
  let overflows = 3
  let reachable = true
  const { look } = listenerWatch({
    log: { warning: say, error: say } as never,
    listeners: () => [
      { address: { type: 'unix', path: '/run/a.sock' }, isReachable: () => reachable } as never,
    ],
    backlog: () => 2048,
    read: () => netstat(overflows),
  })
  return {
    lines,
    look(now, isReachable = true) {
      overflows = now
      reachable = isReachable
      look()
    },
  }
}

describe('a listen queue that was full', () => {
  it('is told of with how often; not what was before the start, and not more than once a minute', () => {
    const { lines, look } = watch()
    look(3)
    expect(lines).toEqual([])
    look(8)
    expect(lines).toEqual([
      expect.stringMatching(/listen queue was full \(ListenOverflows of .* rose by 5\).* 2048 /),
    ])
    for (let count = 9; count < 38; count += 1) look(count)
    expect(lines).toHaveLength(1)
    look(40)
    expect(lines[1]).toMatch(/rose by 32/)
  })

  it.each(['', 'TcpExt: SyncookiesSent\nTcpExt: 7\n', 'TcpExt: ListenOverflows\n'])(
    'is not known of where the kernel does not count it: %j',
    (text) => expect(countOverflows(text)).toBe(0),
  )
})

describe('a socket file that is gone', () => {
  it('is told of once, and again if it has been back', () => {
    const { lines, look } = watch()
    look(3, false)
    look(3, false)
    expect(lines).toEqual([
      expect.stringMatching(/socket file unix:\/run\/a\.sock has been removed/),
    ])
    look(3, true)
    look(3, false)
    expect(lines).toHaveLength(2)
  })
})
