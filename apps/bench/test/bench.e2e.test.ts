import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import { entrantsOf } from '../src/contender.ts'
import { contenders } from '../src/contenders.ts'
import { measurements } from '../src/measurements.ts'
import type { Results } from '../src/results.ts'

const main = join(import.meta.dirname, '../src/main.ts')

describe('npx pnpm bench --quick', () => {
  it('yields a finite figure of every measurement and writes both results', async () => {
    await using folder = await temporaryFolder()
    const { stdout } = await run(['--quick', '--results', folder.path])
    const results = JSON.parse(await readFile(join(folder.path, 'latest.json'), 'utf8')) as Results
    expect(results.figures.map(({ name }) => name)).toEqual(measurements.map(({ name }) => name))
    for (const { name, samples } of results.figures) {
      expect(samples, name).toHaveProperty(['nunicorn -w 2'])
      for (const sample of Object.values(samples).flat())
        expect(sample, name).toSatisfy(Number.isFinite)
    }
    const throughput = results.figures.find(({ name }) => name === 'keep-alive throughput')!
    expect(Object.keys(throughput.samples)).toEqual(entrantsOf(contenders).map(({ name }) => name))
    expect(Math.min(...Object.values(throughput.samples).flat())).toBeGreaterThan(0)
    const written = await readFile(join(folder.path, 'RESULTS.md'), 'utf8')
    expect(stdout.trim()).toBe(written.trim())
  })

  it('says what is wrong with its arguments', async () => {
    await expect(run(['--rounds', 'many'])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--rounds must be a positive number, not many'),
    })
  })
})

function run(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [main, ...args])
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'nunicorn-bench-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
