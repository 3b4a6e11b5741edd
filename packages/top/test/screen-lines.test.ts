import { emptyView, type FleetView, withEvents, withStatus } from '@nunicorn/view'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { line, lineText, plain } from '../src/line.ts'
import { screenLines, type ScreenState } from '../src/screen-lines.ts'
import { help } from '../src/screen-state.ts'
import { sparkline } from '../src/sparkline.ts'
import { workerLines } from '../src/worker-lines.ts'
import { fakeEvent, fakeStatus, fakeWorker } from './support/fake-instance.ts'

const nothingDone: ScreenState = { selected: undefined, notices: [], panel: undefined }

function viewOf(workers: number, message = 'is ready'): FleetView {
  return withEvents(withStatus(emptyView, fakeStatus(workers)), [
    fakeEvent(1, `Worker 1 (pid 1001) ${message}`),
  ])
}

describe('the table of workers', () => {
  const headAt = (width: number): string => {
    const [head] = workerLines(viewOf(2).workers, { width })
    return head ? lineText(head).trim().replaceAll(/ +/g, ' ') : ''
  }

  it('has every column where there is room', () => {
    expect(headAt(140)).toBe(
      'W PID GEN STATE AGE REQ/S P50 P99 LOOP MEM CONN FLIGHT RESTARTS LAST EVENT',
    )
  })

  it('gives up what matters least as the terminal gets narrower', () => {
    expect(headAt(80)).toBe('W PID GEN STATE REQ/S P50 P99 LOOP MEM CONN FLIGHT RESTARTS')
    expect(headAt(40)).toBe('W STATE REQ/S P50 P99 LOOP MEM')
    expect(headAt(20)).toBe('W STATE REQ/S')
  })

  it('cuts the last event, not what stands before it', () => {
    const [, first] = workerLines(viewOf(2, 'x'.repeat(500)).workers, { width: 120 })
    expect(first && lineText(first)).toMatch(/^ {2}1 {2}1001 .* x+…$/)
    expect(first && lineText(first).length).toBeLessThanOrEqual(120)
  })
})

describe('the screen', () => {
  it('fits any terminal, and the selected worker is always on it', () => {
    fc.assert(
      fc.property(
        fc.record({
          columns: fc.integer({ min: 20, max: 250 }),
          rows: fc.integer({ min: 12, max: 100 }),
          workers: fc.integer({ min: 1, max: 80 }),
          selected: fc.nat(79),
          notices: fc.nat(5),
          panel: fc.constantFrom(undefined, help),
        }),
        ({ columns, rows, workers, selected: index, notices, panel }) => {
          const view = viewOf(workers)
          const selected = view.workers[index % workers]?.key
          const state = { selected, panel, notices: Array(notices).fill(line('done')) }
          const lines = screenLines(view, { state, size: { columns, rows } })
          expect(lines.length).toBeLessThanOrEqual(rows)
          expect(lines.filter((one) => one.selected)).toHaveLength(1)
          for (const one of lines.slice(4, 6))
            expect(lineText(one).length).toBeLessThanOrEqual(columns)
        },
      ),
    )
  })

  it('waits for the first status', () => {
    const lines = screenLines(emptyView, { state: nothingDone, size: { columns: 80, rows: 24 } })
    expect(lines.map(lineText)).toEqual(['Waiting for the first status ...'])
  })

  it('tells the state, a reload under way, and why the last one was refused', () => {
    const status = fakeStatus(1)
    const textOf = (more: object): string =>
      screenLines(withStatus(emptyView, { ...status, ...more }), {
        state: nothingDone,
        size: { columns: 200, rows: 24 },
      })
        .map(lineText)
        .join('\n')
    expect(textOf({ reload: { generation: 3, stage: 'canary' } })).toContain(
      'reloading to 3: canary',
    )
    expect(
      textOf({ lastReload: { result: 'refused', at: 1, generation: 3, why: 'workers: 0' } }),
    ).toContain('last reload refused: workers: 0')
    expect(textOf({ workers: [fakeWorker(1, { state: 'booting' })], state: 'degraded' })).toContain(
      '● degraded  0 of 1 ready',
    )
  })
})

it('nothing that an app says can steer the terminal', () => {
  expect(plain('a\u001B[2J\u009Bb\r\n\tc\u202Ed')).toBe('a [2J b c d')
  const lines = screenLines(viewOf(1, '\u001B]0;title\u0007\u001B[31m'), {
    state: nothingDone,
    size: { columns: 200, rows: 30 },
  })
  const text = lines.map(lineText).join('\n')
  for (const control of ['\u0007', '\u001B']) expect(text).not.toContain(control)
})

it('a row of blocks shows how values went', () => {
  expect(sparkline([0, 50, undefined, 100], 10)).toBe('▁▅ █')
  expect(sparkline([1, 2, 3], 2)).toBe('▆█')
  expect(sparkline([0, 0], 5)).toBe('▁▁')
  expect(sparkline([], 5)).toBe('')
})
