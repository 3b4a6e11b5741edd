import { spawn } from 'node:child_process'

import type { ErrorReport } from '@nunicorn/contract'

import type { ArbiterSettings } from '../settings.ts'

type Checked = Pick<ArbiterSettings, 'program' | 'directory' | 'env' | 'bootTimeoutMs'>

/** Runs the check that a program has for its app. Of one that has none nobody can say more than that it is there. */
export async function checkProgram({
  program,
  directory,
  env,
  bootTimeoutMs,
}: Checked): Promise<ErrorReport | undefined> {
  const [file, ...words] = program?.check ?? []
  if (file === undefined) return undefined
  const child = spawn(file, words, {
    cwd: directory,
    env: { ...process.env, ...env, ...program?.env },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: bootTimeoutMs,
    killSignal: 'SIGKILL',
  })
  const how = await new Promise<string>((resolve) => {
    child.on('error', ({ message }) => resolve(message))
    child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  if (how === 'exit code 0') return undefined
  return {
    code: 'program-failed',
    message: `The app cannot be started: its check ended with ${how}; what it wrote itself stands above.`,
  }
}
