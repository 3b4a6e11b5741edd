import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import type { Results } from '../src/results.ts'

const main = join(import.meta.dirname, '../src/main.ts')

describe('npx pnpm chaos', () => {
  it('kills workers of nunicorn, and processes without a supervisor, under load, and writes what came of it', async () => {
    await using folder = await temporaryFolder()
    const { stdout } = await run([
      '--short',
      '--only',
      '1',
      '--systems',
      'nunicorn,reuseport',
      '--results',
      folder.path,
    ])
    const text = await readFile(join(folder.path, 'latest.json'), 'utf8')
    const { cells } = JSON.parse(text) as Results
    expect(cells['1']?.['nunicorn']).toMatchObject({
      type: 'ran',
      passed: true,
      lost: 0,
      recovered: true,
    })
    // Nobody restarts what has been killed: if this passes, nothing was injected.
    expect(cells['1']?.['bare SO_REUSEPORT']).toMatchObject({
      type: 'ran',
      passed: false,
      recovered: false,
    })
    expect(await readFile(join(folder.path, 'RESULTS.md'), 'utf8')).toBe(stdout.trimStart())
  })

  it('says what is wrong with its arguments', async () => {
    await expect(run(['--only', '91'])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--only: there is no scenario for row 91'),
    })
    await expect(run(['--systems', 'apache'])).rejects.toMatchObject({
      stderr: expect.stringContaining('--systems: apache is none of nunicorn'),
    })
  })
})

function run(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [main, ...args])
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'nunicorn-chaos-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
