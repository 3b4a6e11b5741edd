import type { FleetStatus } from '@nunicorn/contract'
import { describe, expect, it } from 'vitest'

import { announce, isHealthy, nothingSaid, type Said, type Scene } from '../src/index.ts'
import { fleetOf, totals } from './fleet-status.ts'

const booting = fleetOf(['booting', 'booting'], { state: 'starting' })
const half = fleetOf(['ready', 'booting'])
const serving = fleetOf(['ready', 'ready'])
const reloading = (generation: number): FleetStatus => ({
  ...serving,
  reload: { generation, stage: 'canary' },
})
const leaving = fleetOf(['ready', 'ready'], { state: 'leaving' })
const stopping = fleetOf(['draining', 'draining'], { state: 'stopping' })

type Step = readonly [seconds: number, status: FleetStatus, more?: Partial<Scene>]

/** What is said at each step, without the wish for more time and the words of the status unless asked for. */
function play(
  steps: readonly Step[],
  { omit = /^(EXTEND_|STATUS=)/ }: { readonly omit?: RegExp } = {},
): readonly string[] {
  let said: Said = nothingSaid
  return steps.map(([seconds, status, more]) => {
    const result = announce(said, { status, nowUsec: seconds * 1e6, ...more })
    said = result.said
    return result.message.filter((line) => !omit.test(line)).join(' ')
  })
}

describe('announce', () => {
  it('says READY once, when the first worker is ready, and which process is the main one', () => {
    expect(
      play([
        [0, booting],
        [1, booting],
        [2, half],
        [3, serving],
      ]),
    ).toEqual(['', '', 'READY=1 MAINPID=4711', ''])
  })

  it('says RELOADING with the time when a reload begins, and READY when it is over', () => {
    expect(
      play([
        [0, serving],
        [2, reloading(2)],
        [3, reloading(2)],
        [4, serving],
      ]),
    ).toEqual(['READY=1 MAINPID=4711', 'RELOADING=1 MONOTONIC_USEC=2000000', '', 'READY=1'])
  })

  it('says RELOADING again when the next reload follows at once', () => {
    expect(
      play([
        [0, serving],
        [2, reloading(2)],
        [3, reloading(3)],
        [4, serving],
      ]),
    ).toEqual([
      'READY=1 MAINPID=4711',
      'RELOADING=1 MONOTONIC_USEC=2000000',
      'RELOADING=1 MONOTONIC_USEC=3000000',
      'READY=1',
    ])
  })

  it('says READY before RELOADING where a reload was asked for during the start', () => {
    const early: FleetStatus = { ...booting, reload: { generation: 2, stage: 'reading' } }
    expect(
      play([
        [0, early],
        [1, reloading(2)],
        [2, serving],
      ]),
    ).toEqual(['', 'READY=1 MAINPID=4711 RELOADING=1 MONOTONIC_USEC=1000000', 'READY=1'])
  })

  it.each([
    [
      'a stop',
      [
        [1, stopping],
        [2, stopping],
      ] satisfies Step[],
    ],
    [
      'a drain delay',
      [
        [1, leaving],
        [2, stopping],
      ] satisfies Step[],
    ],
  ])('says STOPPING once, when %s begins', (_, steps) => {
    expect(play([[0, serving], ...steps])).toEqual(['READY=1 MAINPID=4711', 'STOPPING=1', ''])
  })

  it('says STOPPING, and never READY, when the first boot fails', () => {
    const failure = 'The app failed to boot:\n  no such file'
    expect(
      play(
        [
          [0, booting],
          [1, stopping, { failure }],
        ],
        { omit: /^EXTEND/ },
      ),
    ).toEqual([
      'STATUS=Booting, 0/2 workers',
      'STOPPING=1 STATUS=The app failed to boot: no such file',
    ])
  })

  it('asks for time every 5 s while it boots, reloads and stops, and only then', () => {
    const seconds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    const count = (status: FleetStatus): number =>
      play(
        seconds.map((second): Step => [second, status]),
        { omit: /^(?!EXTEND)/ },
      ).filter((line) => line === 'EXTEND_TIMEOUT_USEC=15000000').length
    expect([booting, serving, reloading(2), leaving, stopping].map(count)).toEqual([3, 0, 3, 3, 3])
  })

  it('asks for time at once when a stop begins, however little time there is', () => {
    expect(
      play(
        [
          [0, serving],
          [1, stopping],
        ],
        { omit: /^STATUS/ },
      ),
    ).toEqual(['READY=1 MAINPID=4711', 'STOPPING=1 EXTEND_TIMEOUT_USEC=15000000'])
  })
})

describe('the sign of life', () => {
  const watchdog = { watchdogUsec: 3e6 }
  const signs = (...steps: readonly Step[]): readonly string[] =>
    play(
      steps.map(([seconds, status]): Step => [seconds, status, watchdog]),
      { omit: /^(?!WATCHDOG)/ },
    )

  it('is given three times in the time in which it is due, from the first ready worker on', () => {
    expect(signs([0, booting], [1, serving], [1.5, serving], [2, serving], [3, serving])).toEqual([
      '',
      'WATCHDOG=1',
      '',
      'WATCHDOG=1',
      'WATCHDOG=1',
    ])
  })

  it.each([
    ['are suspect', ['suspect', 'suspect']],
    ['are booting', ['booting', 'booting']],
    ['are suspect or ending', ['suspect', 'ending']],
    ['are gone', []],
  ] as const)('is not given while all workers %s', (_, states) => {
    expect(signs([0, serving], [1, fleetOf(states)], [2, fleetOf(states)])).toEqual([
      'WATCHDOG=1',
      '',
      '',
    ])
  })

  it('is given as soon as one of them is well again', () => {
    const hung = fleetOf(['suspect', 'suspect'])
    expect(signs([0, serving], [5, hung], [5.1, fleetOf(['suspect', 'ready'])])).toEqual([
      'WATCHDOG=1',
      '',
      'WATCHDOG=1',
    ])
  })

  it('is given while it stops, when no worker is ready any more', () => {
    expect(isHealthy(stopping)).toBe(true)
    expect(isHealthy(leaving)).toBe(true)
  })

  it('is not given where nobody wants it', () => {
    expect(
      play([
        [0, serving],
        [9, serving],
      ]),
    ).toEqual(['READY=1 MAINPID=4711', ''])
  })
})

describe('the status', () => {
  const words = (...steps: readonly Step[]): readonly string[] =>
    play(steps, { omit: /^(?!STATUS)/ })
  const counted = (requests: number): FleetStatus => ({
    ...serving,
    generation: 3,
    totals: { ...totals, requests },
  })

  it('has live numbers, renewed every 10 s', () => {
    expect(
      words([0, counted(0)], [1, counted(50)], [5, counted(500)], [10, counted(1_250)]),
    ).toEqual([
      'STATUS=2/2 workers, generation 3',
      '',
      '',
      'STATUS=2/2 workers, generation 3, 150 requests/s',
    ])
  })

  it('tells at once what changes', () => {
    expect(words([0, booting], [0.1, half], [0.2, serving], [0.3, reloading(2)])).toEqual([
      'STATUS=Booting, 0/2 workers',
      'STATUS=1/2 workers, generation 1',
      'STATUS=2/2 workers, generation 1',
      'STATUS=2/2 workers, generation 1, reloading to generation 2 (canary)',
    ])
  })

  it('tells why a reload has failed, on one line, until another one is through', () => {
    const why = 'SyntaxError:\n  Unexpected token'
    const lastReload = { result: 'failed', at: 0, generation: 2, why } as const
    const finished = { result: 'finished', at: 0, generation: 3 } as const
    expect(
      words(
        [0, serving],
        [1, reloading(2)],
        [2, { ...serving, lastReload }],
        [3, { ...serving, generation: 3, lastReload: finished }],
      ).slice(2),
    ).toEqual([
      'STATUS=2/2 workers, generation 1, 0 requests/s, the last reload failed: SyntaxError: Unexpected token',
      'STATUS=2/2 workers, generation 3, 0 requests/s',
    ])
  })

  it('tells of a degraded fleet, of one that leaves and of one that stops', () => {
    const degraded = fleetOf(['booting', 'ready'], { state: 'degraded' })
    expect(words([0, degraded], [0.1, leaving], [0.2, stopping])).toEqual([
      'STATUS=Degraded: 1/2 workers, generation 1',
      'STATUS=Leaving, still serving; 2/2 workers',
      'STATUS=Stopping, 2 workers left, 0 requests in flight',
    ])
  })
})
