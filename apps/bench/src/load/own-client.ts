import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { LoadGenerator } from '../load.ts'
import { type TimedLoad, timeLoad, type TimedResult } from './time-load.ts'

/** @nunicorn/torture, for machines without wrk. It takes more CPU than wrk, so that figures are lower. */
export const ownClient: LoadGenerator = { description: '@nunicorn/torture', run: runOwnClient }

/** Less than that only shows that it runs, and is not worth a process. */
const worthwhileSeconds = 0.5

/** In a process of its own: what the bench itself does is not to be in the figures. */
export async function runOwnClient(load: TimedLoad, signal: AbortSignal): Promise<TimedResult> {
  if (load.seconds < worthwhileSeconds) return await timeLoad(load)
  const main = fileURLToPath(new URL('./own-client-main.ts', import.meta.url))
  const args = [main, JSON.stringify(load)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { signal })
  return JSON.parse(stdout) as TimedResult
}
