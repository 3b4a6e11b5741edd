import { describe, expect, it } from 'vitest'

import { describeReport, type Scene } from '../src/describe.ts'
import type { Cause, Report } from '../src/machine/index.ts'

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

it('says which signal made a worker retire', () => {
  expect(told({ type: 'worker-retiring', id: 1, slot: 1, reason: 'signal' })).toContain('SIGTERM')
})
