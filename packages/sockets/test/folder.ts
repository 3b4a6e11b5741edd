import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An empty folder for as long as the test runs. */
export async function createFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'nunicorn-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
