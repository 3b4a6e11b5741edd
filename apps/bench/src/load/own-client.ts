import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { Load, LoadGenerator, LoadResult } from '../load.ts'

/** @nunicorn/torture, for machines without wrk. It takes more CPU than wrk, so that figures are lower. */
export const ownClient: LoadGenerator = { description: '@nunicorn/torture', run: runOwnClient }

export interface TimedLoad extends Load {
  /** As often as that, however slow the answers are, instead of as often as possible. */
  readonly ratePerSecond?: number
  /** Before the seconds that count, because a client that is cold itself keeps its first requests waiting (0). */
  readonly warmUpSeconds?: number
}

export interface TimedResult extends LoadResult {
  /** From when a request was due to the last byte of its answer: 50, 99 and 99.9 % are faster. */
  readonly percentilesMs: readonly [number, number, number]
}

/** In a process of its own: what the bench itself does is not to be in the figures. */
export async function runOwnClient(load: TimedLoad, signal: AbortSignal): Promise<TimedResult> {
  const main = fileURLToPath(new URL('./own-client-main.ts', import.meta.url))
  const args = [main, JSON.stringify(load)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { signal })
  return JSON.parse(stdout) as TimedResult
}
