import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'

import type { Load, LoadGenerator, LoadResult } from '../load.ts'

const execute = promisify(execFile)

/** https://github.com/wg/wrk, if it is on the PATH. */
export async function findWrk(): Promise<LoadGenerator | undefined> {
  const version = await versionOfWrk()
  return version === undefined ? undefined : { description: `wrk ${version}`, run }
}

async function run(load: Load, signal: AbortSignal): Promise<LoadResult> {
  const { stdout } = await execute('wrk', argumentsFor(load), { signal })
  return parseReport(stdout)
}

/** What wrk prints at its end. */
export function parseReport(report: string): LoadResult {
  const answers = /^\s*(\d+) requests in /m.exec(report)?.[1]
  const perSecond = /^Requests\/sec:\s+([\d.]+)$/m.exec(report)?.[1]
  if (answers === undefined || perSecond === undefined)
    throw new Error(`wrk gave no figure: ${report}`)
  const socketErrors = /^\s*Socket errors: (.*)$/m.exec(report)?.[1] ?? ''
  const badAnswers = /^\s*Non-2xx or 3xx responses: (\d+)$/m.exec(report)?.[1] ?? 0
  const failed = [...socketErrors.matchAll(/\d+/g), badAnswers].map(Number)
  const failures = failed.reduce((sum, count) => sum + count, 0)
  return { answers: Number(answers), perSecond: Number(perSecond), failures }
}

function argumentsFor({ port, path, connections, seconds, keepAlive }: Load): readonly string[] {
  return [
    `--threads=${Math.min(2, availableParallelism())}`,
    `--connections=${connections}`,
    // It takes whole seconds only.
    `--duration=${Math.max(1, Math.round(seconds))}s`,
    ...(keepAlive ? [] : ['--header=Connection: close']),
    `http://127.0.0.1:${port}${path}`,
  ]
}

async function versionOfWrk(): Promise<string | undefined> {
  try {
    await execute('wrk', ['--version'])
  } catch (error) {
    // It prints its version and ends with 1.
    const { stdout } = error as { readonly stdout?: string }
    return /^wrk (?:\w+\/)?(\S+)/.exec(stdout ?? '')?.[1]
  }
}
