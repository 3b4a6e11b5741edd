import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import type { Results } from '../src/results.ts'
import { suites } from '../src/suites.ts'

const main = join(import.meta.dirname, '../src/main.ts')

/** All of them take a minute. */
const measured = process.env['NUNICORN_LONG_TESTS']
  ? suites
  : suites.filter(({ name }) => ['throughput', 'recovery', 'rest'].includes(name))

describe('npx pnpm bench --quick --without-peers', () => {
  it('yields finite figures of each suite and writes the results', async ({ signal }) => {
    await using folder = await temporaryFolder()
    const only = measured.map(({ name }) => name).join()
    const args = ['--quick', '--without-peers', '--only', only, '--results', folder.path]
    const { stdout } = await run(args, signal)
    const results = JSON.parse(await readFile(join(folder.path, 'latest.json'), 'utf8')) as Results
    expect(results.suites.map(({ name }) => name)).toEqual(measured.map(({ name }) => name))
    for (const { name: suite, figures } of results.suites) {
      const found = new Set(figures.map(({ name }) => name))
      const announced = suites
        .find(({ name }) => name === suite)!
        .measurements.flatMap(({ quantities }) => quantities)
      expect(found, suite).toEqual(new Set(announced.map(({ name }) => name)))
      for (const { name, samples } of figures) {
        expect(Object.keys(samples), name).toContainEqual(expect.stringMatching(/^nunicorn /))
        for (const sample of Object.values(samples).flat())
          expect(sample, name).toSatisfy(Number.isFinite)
      }
    }
    const written = await readFile(join(folder.path, 'RESULTS.md'), 'utf8')
    expect(stdout.trim()).toBe(written.trim())
  }, 120_000)

  it('leaves nothing behind when nobody reads it any more', async ({ signal }) => {
    await using folder = await temporaryFolder()
    const args = [main, '--quick', '--without-peers', '--only', 'recovery']
    const env = { ...process.env, TMPDIR: folder.path }
    const bench = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], signal, env })
    const exited = once(bench, 'exit')
    await once(bench.stderr, 'data')
    // The folder of a server goes after its processes.
    expect(await serversIn(folder.path)).toHaveLength(1)
    bench.stdout.destroy()
    bench.stderr.destroy()
    await exited
    expect(await serversIn(folder.path)).toEqual([])
  })

  it('says what is wrong with its arguments', async ({ signal }) => {
    await expect(run(['--rounds', 'many'], signal)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--rounds must be a positive number, not many'),
    })
    await expect(run(['--only', 'sleep'], signal)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no suite sleep: there are throughput'),
    })
  })
})

/** Ended by TERM, on which it takes everyone with it, if the test takes too long. */
function run(
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [main, ...args], { signal })
}

async function serversIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('nunicorn-bench-'))
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'nunicorn-bench-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
