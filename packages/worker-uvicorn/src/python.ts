import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

import { NunicornError, type ProgramOrder } from '@nunicorn/contract'
import { findExecutable } from '@nunicorn/worker-exec'

type Place = Pick<ProgramOrder, 'directory' | 'env'>

/** What a Python was found to have. */
export interface Python {
  readonly version: string
  readonly uvicorn: string
}

/**
 * The Python of the virtual environment that is active, or that lies in `.venv` of the working directory; else `python3`
 * of `$PATH`.
 *
 * @throws NunicornError `app-not-found`
 */
export function findPython({ directory, env }: Place): string {
  const { VIRTUAL_ENV: active } = env
  const local = resolve(directory, '.venv/bin/python')
  if (active) return findExecutable(resolve(directory, active, 'bin/python'), { directory, env })
  return findExecutable(existsSync(local) ? local : 'python3', { directory, env })
}

/** Where is uvicorn, without importing it? */
const question = `
import sys
from importlib import metadata, util
found = util.find_spec("uvicorn")
try:
    version = metadata.version("uvicorn") if found else ""
except metadata.PackageNotFoundError:
    version = "of unknown version"
print("%d.%d.%d" % sys.version_info[:3], version, sep="\\n")
`
const patienceMs = 20_000

/** @throws NunicornError `no-uvicorn`, `bad-python` */
export async function inspectPython(python: string, { directory, env }: Place): Promise<Python> {
  const { stdout, failure } = await run(python, { directory, env })
  const [version = '', uvicorn = ''] = stdout.split('\n')
  if (failure !== undefined || version === '') throw badPython(python, failure ?? 'it says nothing')
  if (uvicorn === '') throw noUvicorn(python)
  return { version, uvicorn }
}

function run(
  python: string,
  { directory, env }: Place,
): Promise<{ readonly stdout: string; readonly failure?: string }> {
  return new Promise((done) => {
    const options = {
      cwd: directory,
      env: { ...env },
      timeout: patienceMs,
      encoding: 'utf8',
    } as const
    execFile(python, ['-c', question], options, (error, stdout, stderr) =>
      done({
        stdout,
        ...(error && { failure: stderr.trim().split('\n').at(-1) || error.message }),
      }),
    )
  })
}

function noUvicorn(python: string): NunicornError {
  return new NunicornError({
    code: 'no-uvicorn',
    message: `${python} has no uvicorn.`,
    hint: `Install it with "${python} -m pip install uvicorn", or activate the virtual environment that has it; nunicorn looks at $VIRTUAL_ENV, ./.venv and then python3 in PATH.`,
  })
}

function badPython(python: string, why: string): NunicornError {
  return new NunicornError({
    code: 'bad-python',
    message: `${python} does not run: ${why}.`,
    hint: 'Check the virtual environment ($VIRTUAL_ENV, ./.venv); one that was moved or made with a Python that is gone must be made anew.',
  })
}
