import { readFile, rename, rm, writeFile } from 'node:fs/promises'

import { NunicornError } from '@nunicorn/contract'

/**
 * Writes this process's id, in one step, and removes the file again when disposed of, if it is still ours.
 * A file left behind by a process that is gone is replaced.
 *
 * @throws NunicornError `already-running` if it names a live arbiter, `bad-pid-file` if it cannot be written.
 */
export async function writePidFile(path: string | undefined): Promise<AsyncDisposable> {
  if (path === undefined) return { async [Symbol.asyncDispose]() {} }
  const owner = await readPid(path)
  if (owner !== undefined && owner !== process.pid && (await isArbiter(owner)))
    throw alreadyRunning(path, owner)
  const temporary = `${path}.${process.pid}`
  try {
    await writeFile(temporary, `${process.pid}\n`, { mode: 0o644 })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw cannotWrite(path, error)
  }
  return {
    async [Symbol.asyncDispose]() {
      if ((await readPid(path)) === process.pid) await rm(path, { force: true })
    },
  }
}

async function readPid(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return /^\d+\s*$/.test(text) ? Number(text) : undefined
}

/** Pids are given out again, above all in containers: where /proc tells what a process is, another program is no owner. */
async function isArbiter(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  return title === undefined || title.startsWith('nunicorn: arbiter')
}

function alreadyRunning(path: string, pid: number): NunicornError {
  return new NunicornError({
    code: 'already-running',
    message: `The pid file ${path} belongs to a nunicorn that is running, with pid ${pid}.`,
    hint: `Stop it (kill ${pid}), or give this one a pid file of its own with --pid.`,
  })
}

function cannotWrite(path: string, cause: unknown): NunicornError {
  return new NunicornError({
    code: 'bad-pid-file',
    message: `The pid file ${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
    hint: 'Check that its directory exists and may be written to, or give another path with --pid.',
    cause,
  })
}
