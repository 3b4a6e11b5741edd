import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Logger } from '@nunicorn/contract'

import { loadProgram } from '../src/load-program.ts'

const ignore = (): void => {}
const silent: Logger = {
  debug: ignore,
  info: ignore,
  warning: ignore,
  error: ignore,
  critical: ignore,
}

/** Runs a program of test/fixtures; each can be run once, because Node keeps what it has loaded. */
export function runFixture(name: string, log: Partial<Logger> = {}): Promise<Server> {
  return loadProgram(join(import.meta.dirname, 'fixtures', name), { ...silent, ...log })
}

/** Runs the text of an ES module as a program. */
export async function runText(text: string, log: Partial<Logger> = {}): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'nunicorn-script-'))
  try {
    const file = join(folder, 'server.mjs')
    await writeFile(file, text)
    return await loadProgram(file, { ...silent, ...log })
  } finally {
    await rm(folder, { recursive: true })
  }
}
