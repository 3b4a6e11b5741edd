import {
  describeReport,
  type LoadOptions,
  type LoadRun,
  type Report,
  startLoad,
} from '@nunicorn/torture'
import { expect } from 'vitest'

import type { Nunicorn } from './nunicorn.ts'

/** Both kinds of clients at once: those that open a connection for each request, and those that keep theirs. */
export async function loadOf(
  nunicorn: Nunicorn,
  options: Partial<LoadOptions> = {},
): Promise<LoadRun> {
  return startLoad({
    target: options.target ?? (await nunicorn.address()),
    clients: [
      { kind: 'connection-per-request', concurrency: 8 },
      { kind: 'keep-alive', concurrency: 8, thinkMs: [1, 5, 50, 300] },
    ],
    ...options,
  })
}

/** Resolves when so many more requests have been answered. */
export async function answered(load: LoadRun, more: number): Promise<void> {
  const goal = load.progress.ok + more
  await load.until((progress) => progress.ok >= goal)
}

/** Not one request may have failed; says what did if one has. */
export function expectNoFailure(report: Report): void {
  expect(report.failed, describeReport(report)).toBe(0)
  expect(report.ok).toBeGreaterThan(0)
}
