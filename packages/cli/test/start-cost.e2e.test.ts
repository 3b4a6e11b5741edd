import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

import { adminOf } from './support/admin.ts'
import { startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'

const heavy = /undici|internal\/deps\/(amaro|acorn)|webcrypto|NativeModule (crypto|worker_threads)$/

it('a worker loads no more of Node than its app asks for', async () => {
  const app = `export default (_, response) => response.end(JSON.stringify(process.moduleLoadList))`
  await using project = await createProject({ 'app.mjs': app })
  const args = ['app.mjs', '-w', '1', '-b', '127.0.0.1:0']
  await using nunicorn = startNunicorn({ directory: project.directory, args })
  const { host, port } = await nunicorn.address()
  const loaded = (await (await fetch(`http://${host}:${port}`)).json()) as string[]
  expect(loaded.filter((name) => heavy.test(name))).toEqual([])
})

it('the arbiter loads neither undici nor HTTP before a worker hangs', () => {
  const arbiter = new URL('../../arbiter/dist/index.js', import.meta.url).href
  const script = `await import(${JSON.stringify(arbiter)}); console.log(JSON.stringify(process.moduleLoadList))`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  })
  const loaded = JSON.parse(output) as string[]
  expect(loaded.filter((name) => heavy.test(name) || name === 'NativeModule http')).toEqual([])
})

it.for([
  { args: [], loaded: [] },
  { args: ['--admin', '127.0.0.1:0'], loaded: ['NativeModule http', 'prom-client'] },
])('with $args the command loads of $loaded what it needs, and never undici', async (row) => {
  // Tells at its end what it has loaded; the workers are no business of this test.
  const spy = `
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
if (process.argv[1]?.endsWith('nunicorn.js')) process.on('exit', () => {
  const { cache } = createRequire(import.meta.url)
  writeFileSync('loaded.json', JSON.stringify([...process.moduleLoadList, ...Object.keys(cache)]))
})`
  const app = 'export default (_, response) => response.end()'
  await using project = await createProject({ 'app.mjs': app, 'spy.mjs': spy })
  await using nunicorn = startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', '1', '-b', '127.0.0.1:0', '--log-format=pretty', ...row.args],
    env: { NODE_OPTIONS: `--import=${project.path('spy.mjs')}` },
  })
  await nunicorn.ready(1)
  if (row.args.length > 0) await (await adminOf(nunicorn)).metrics()
  nunicorn.signal('SIGTERM')
  expect(await nunicorn.exited).toBe(0)
  const loaded = JSON.parse(await readFile(project.path('loaded.json'), 'utf8')) as string[]
  // It is pretty, because pino loads more.
  expect(
    loaded.filter((name) => /undici|NativeModule (crypto|worker_threads)$/.test(name)),
  ).toEqual(row.args.length > 0 ? [expect.stringMatching(/crypto$/)] : [])
  const isThere = (wanted: string): boolean =>
    loaded.some((name) => name === wanted || name.includes(`/${wanted}/`))
  expect(['NativeModule http', 'prom-client'].filter(isThere)).toEqual(row.loaded)
})
