import fc from 'fast-check'
import { expect, it } from 'vitest'

import { CLIENT_KINDS } from '../src/clients.ts'
import { WaitLog, type WaitRow, type WaitWindow } from '../src/wait-log.ts'

const kind = 'keep-alive'
const time = fc.nat({ max: 100 })
const kinds = fc.constantFrom(...CLIENT_KINDS)
const rows = fc
  .array(fc.record({ kind: kinds, openedMs: time, sentMs: time, waitMs: time }), { maxLength: 50 })
  .map((list) => list.map((row, sequence): WaitRow => ({ sequence, ...row })))
const windows: fc.Arbitrary<WaitWindow> = fc.record(
  { openedAfterMs: time, openedBeforeMs: time, sentAfterMs: time, sentBeforeMs: time, kind: kinds },
  { requiredKeys: [] },
)

it('finds the longest wait of any window', () => {
  fc.assert(
    fc.property(rows, windows, (list, window) => {
      const inside = list.filter((row) => isInside(row, window))
      const longest = logOf(list).snapshot().longest(window)
      expect(longest?.waitMs ?? -1).toBe(Math.max(-1, ...inside.map(({ waitMs }) => waitMs)))
      const median = logOf(list).snapshot().percentileMs(50, window)
      const waits = inside.map(({ waitMs }) => waitMs).toSorted((a, b) => a - b)
      expect(median).toBe(waits[Math.max(0, Math.ceil(waits.length / 2) - 1)] ?? Number.NaN)
      expect(longest === undefined || inside.some((row) => row.sequence === longest.sequence)).toBe(
        true,
      )
    }),
  )
})

it('gives percentiles by nearest rank', () => {
  const waits = logOf(
    Array.from({ length: 2000 }, (_, index) => {
      return { sequence: index, kind, openedMs: 0, sentMs: 0, waitMs: ((index * 7) % 2000) + 1 }
    }),
  ).snapshot()
  expect([0, 50, 99, 99.9, 100].map((percent) => waits.percentileMs(percent))).toEqual([
    1, 1000, 1980, 1998, 2000,
  ])
  expect(new WaitLog().snapshot().percentileMs(50)).toBeNaN()
})

it('does not change a snapshot when more waits come, however many', () => {
  const log = logOf([{ sequence: 1, kind, openedMs: 5, sentMs: 6, waitMs: 7 }])
  const snapshot = log.snapshot()
  for (let sequence = 2; sequence < 5000; sequence++)
    log.add({ sequence, kind, openedMs: 0, sentMs: 0 }, sequence)
  expect(snapshot).toMatchObject({ count: 1 })
  expect(snapshot.longest()).toEqual({ sequence: 1, kind, openedMs: 5, sentMs: 6, waitMs: 7 })
  expect(log.snapshot().longest()?.waitMs).toBe(4999)
  expect(log.snapshot().longest({ openedAfterMs: 5 })?.waitMs).toBe(7)
})

function logOf(list: readonly WaitRow[]): WaitLog {
  const log = new WaitLog()
  for (const row of list) log.add(row, row.waitMs)
  return log
}

function isInside({ kind, openedMs, sentMs }: WaitRow, window: WaitWindow): boolean {
  const {
    openedAfterMs = 0,
    openedBeforeMs = Infinity,
    sentAfterMs = 0,
    sentBeforeMs = Infinity,
    kind: only = kind,
  } = window
  return (
    kind === only &&
    openedMs >= openedAfterMs &&
    openedMs < openedBeforeMs &&
    sentMs >= sentAfterMs &&
    sentMs < sentBeforeMs
  )
}
