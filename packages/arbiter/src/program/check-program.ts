import { spawn } from 'node:child_process'

import type { ErrorReport, Program } from '@nunicorn/contract'

import type { Checkup } from '../check-app.ts'
import type { ArbiterSettings } from '../settings.ts'

interface Checked extends Pick<ArbiterSettings, 'directory' | 'env' | 'bootTimeoutMs'> {
  readonly program: Program
}

/** Runs the check that a program has for its app. Of one that has none nobody can say more than that it is there. */
export async function checkProgram(checked: Checked): Promise<Checkup> {
  const fault = await runCheck(checked)
  return fault === undefined ? { shown: shownOf(checked.program) } : { fault }
}

function shownOf({ check, checked, command: [file] }: Program): string {
  const found = check
    ? 'its own check of the app has passed'
    : `${file} is there and may be executed`
  return `The settings are fine, and ${checked ?? `${found}; it was not started`}.`
}

async function runCheck({
  program,
  directory,
  env,
  bootTimeoutMs,
}: Checked): Promise<ErrorReport | undefined> {
  const [file, ...words] = program.check ?? []
  if (file === undefined) return undefined
  const child = spawn(file, words, {
    cwd: directory,
    env: { ...process.env, ...env, ...program.env },
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
