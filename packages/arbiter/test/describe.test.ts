import { describe, expect, it } from 'vitest'

import { describeCause } from '../src/describe-cause.ts'
import { describeReport, type Scene } from '../src/describe.ts'
import type { Cause, Diagnosis, Report } from '../src/machine/index.ts'

const scene = {
  worker: { pid: 7, workerClass: 'http' },
  settings: { workerClass: 'auto' },
  urls: [],
  moved: false,
} as unknown as Scene

function told(report: Report): string {
  return describeReport(report, scene)
    .map(({ message }) => message)
    .join('\n')
}

describe('a first boot that fails', () => {
  function boot(cause: Cause): string {
    return told({ type: 'first-boot-failed', cause })
  }

  it('is told by the error and its mend, the stack on lines of its own', () => {
    const error = { code: 'x', message: 'It is broken.', hint: 'Mend it.', stack: 'Error: why' }
    expect(boot({ type: 'boot', error })).toBe(
      'The app cannot be started. It is broken. Mend it.\nError: why',
    )
  })

  it('points at what a process wrote itself before it exited', () => {
    expect(boot({ type: 'exit', code: 1 })).toMatch(
      /^The app cannot be started: before .* it exited by itself with code 1\. .*stands above.*-k script/,
    )
  })
})

describe('a hang', () => {
  function hang(requests: Diagnosis['requests']): string {
    const stack = [{ functionName: 'spin', url: 'file:///app.ts', line: 3, column: 5 }]
    const diagnosis: Diagnosis = { verdict: 'spinning', stack, ...(requests && { requests }) }
    const text = describeCause({ type: 'hang', diagnosis }, { workerClass: 'http' })
    return text.slice(text.indexOf('/app.ts:3:5)') + '/app.ts:3:5)'.length)
  }
  const slow = { method: 'GET', url: '/slow', ageMs: 12_345 }
  const other = { method: 'GET', url: '/a', ageMs: 200 }

  it.each([
    [undefined, ''],
    [[], ''],
    [[slow], '\nIt was answering GET /slow (12.3 s).'],
    [[other, slow], '\nIt was answering GET /a (200 ms), GET /slow (12.3 s).'],
    [[{ ...slow, running: true as const }], '\nIt was answering GET /slow (12.3 s).'],
    [
      [{ ...slow, running: true as const }, other, other, other, other],
      '\nIt was answering GET /slow (12.3 s); GET /a (200 ms), GET /a (200 ms) and 2 more waited.',
    ],
  ])('names the requests that it held: %j', (requests, text) => {
    expect(hang(requests)).toBe(text)
  })

  it('shows of a request only what can do no harm', () => {
    const url = '/\x1b[31m\nGET\u20ac'
    expect(hang([{ ...slow, url }])).toContain(String.raw`GET /\x1b[31m\x0aGET\x20ac (`)
  })
})

it.each([
  [{}, ''],
  [{ requests: [] }, ''],
  [
    { requests: ['/a', '/b', '/c', '/d'].map((url) => ({ method: 'GET', url, ageMs: 1_500 })) },
    '\nIt was answering GET /a (1.5 s), GET /b (1.5 s), GET /c (1.5 s) and 1 more.',
  ],
])('names the requests that a worker held when it crashed: %j', (held, text) => {
  const cause: Cause = { type: 'exit', code: 1, error: { code: 'x', message: 'no\ndisk' }, ...held }
  expect(describeCause(cause, { workerClass: 'http' })).toBe(
    `it exited by itself with code 1: no${text}`,
  )
})

it.each([
  [0, ', of its own accord or because somebody sent it SIGTERM'],
  [7, ''],
])('says what a program may have meant by exit code %i', (code, text) => {
  const program = { name: 'exec', command: ['/bin/true'], readiness: 'connect' } as const
  expect(describeCause({ type: 'exit', code }, { workerClass: 'exec', program })).toBe(
    `it exited by itself with code ${code}${text}`,
  )
})

it('says which signal made a worker retire', () => {
  expect(told({ type: 'worker-retiring', id: 1, slot: 1, reason: 'signal' })).toContain('SIGTERM')
})
