import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
const command = join(import.meta.dirname, '../bin/create-nunicorn-worker.js')
const workspace = join(import.meta.dirname, '../../..')

interface Folder extends AsyncDisposable {
  readonly path: string
}

async function temporaryFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'create-nunicorn-worker-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

async function create(cwd: string, ...args: readonly string[]): Promise<string> {
  return (await run(process.execPath, [command, ...args], { cwd })).stdout
}

/** What `npm install` would put there. */
async function link(directory: string): Promise<void> {
  const { dependencies, devDependencies } = JSON.parse(
    await readFile(join(directory, 'package.json'), 'utf8'),
  ) as Record<'dependencies' | 'devDependencies', Record<string, string>>
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const to = join(directory, 'node_modules', name)
    const owned = name.startsWith('@nunicorn/')
    const from = owned
      ? join(workspace, name.replace('@nunicorn', 'packages'))
      : join(workspace, 'node_modules', name)
    await mkdir(dirname(to), { recursive: true })
    await symlink(from, to)
  }
}

describe('create-nunicorn-worker', () => {
  it('writes a package whose test passes, which nunicorn runs, and which compiles', async () => {
    await using folder = await temporaryFolder()
    expect(await create(folder.path, 'my-worker')).toContain('cd my-worker\n  npm install')
    const cwd = join(folder.path, 'my-worker')
    await link(cwd)
    const env = { ...process.env, CI: '' }
    const vitest = join(workspace, 'node_modules/vitest/vitest.mjs')
    const { stdout } = await run(process.execPath, [vitest, 'run', '--no-color'], { cwd, env })
    expect(stdout).toMatch(/Test Files +1 passed/)
    const served = ['-k', './src/index.ts', 'test/conformance-app.ts:createApp()', '--check-config']
    const nunicorn = join(cwd, 'node_modules/nunicorn/bin/nunicorn.js')
    expect((await run(process.execPath, [nunicorn, ...served], { cwd })).stdout).toContain('fine')
    expect(await readFile(join(cwd, 'README.md'), 'utf8')).toMatch(/^# my-worker\n/)
    await run(join(workspace, 'node_modules/.bin/tsc'), ['--project', 'tsconfig.json'], { cwd })
    const built = (await import(join(cwd, 'dist/index.js'))) as { default: { name: string } }
    expect(built.default.name).toBe('my-worker')
  })

  it('overwrites nothing', async () => {
    await using folder = await temporaryFolder()
    await mkdir(join(folder.path, 'taken'))
    await writeFile(join(folder.path, 'taken/mine.txt'), '')
    await expect(create(folder.path, 'taken')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not empty'),
    })
  })

  it('refuses a name that is none for a package', async () => {
    await using folder = await temporaryFolder()
    await expect(create(folder.path, 'My Worker')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no name for a package'),
    })
  })

  it('explains itself without a folder', async () => {
    await using folder = await temporaryFolder()
    await expect(create(folder.path)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Usage: '),
    })
    expect(await create(folder.path, '--help')).toContain('Usage: ')
  })
})
