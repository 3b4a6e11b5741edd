import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

import { expect, it } from 'vitest'

const run = promisify(execFile)

const app = `
import type { IncomingMessage, ServerResponse } from 'node:http'
export default (_request: IncomingMessage, response: ServerResponse): void => {
  response.end('hello from a tarball')
}
`

it('what is published serves a request in an empty folder and stops with 0', async () => {
  await using folder = await temporaryFolder()
  await installPacked(folder.path)
  await writeFile(join(folder.path, 'app.ts'), app)

  await using server = startNunicorn(folder.path)
  const address = await server.address
  const response = await fetch(address)
  expect(await response.text()).toBe('hello from a tarball')

  server.child.kill('SIGTERM')
  expect(await server.exit).toEqual([0, null])

  // What only some need is named, not brought.
  const top = run(process.execPath, ['node_modules/nunicorn/bin/nunicorn.js', 'top'], {
    cwd: folder.path,
    env: { ...process.env, NODE_PATH: '', PWD: folder.path },
  })
  await expect(top).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('npm install @nunicorn/top'),
  })
})

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'nunicorn-tarball-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Packs what `nunicorn` consists of and installs the tarballs with npm, offline: they need nothing but each other. */
async function installPacked(folder: string): Promise<void> {
  const workspace = join(import.meta.dirname, '../../..')
  const pack = ['--recursive', '--silent', '--filter-prod', 'nunicorn...', 'pack']
  await run('pnpm', [...pack, '--pack-destination', folder], { cwd: workspace })
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const quiet = ['--no-audit', '--no-fund', '--offline']
  await run('npm', ['install', ...quiet, ...tarballs.map((name) => `./${name}`)], { cwd: folder })
}

interface Server extends AsyncDisposable {
  readonly child: ChildProcess
  readonly address: Promise<string>
  readonly exit: Promise<unknown[]>
}

/** Starts the installed command on the Node that runs this test. */
function startNunicorn(folder: string): Server {
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
  const command = join(folder, 'node_modules/.bin/nunicorn')
  const args = ['app.ts', '--bind', '127.0.0.1:0', '--workers', '1']
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exit = once(child, 'exit')
  return {
    child,
    exit,
    address: firstAddress(child, exit),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exit
    },
  }
}

/** The address in the line `Listening at: http://...`, or the whole output when the command ends before it. */
function firstAddress(child: ChildProcess, exit: Promise<unknown[]>): Promise<string> {
  const output: string[] = []
  return new Promise((resolve, reject) => {
    for (const input of [child.stdout, child.stderr]) {
      if (!input) throw new Error('the command was started without pipes')
      createInterface({ input }).on('line', (line) => {
        output.push(line)
        const address = /Listening at: (http:\S+)/.exec(line)?.[1]
        if (address) resolve(address)
      })
    }
    exit.then(() => reject(new Error(`nunicorn ended early:\n${output.join('\n')}`)), reject)
  })
}
