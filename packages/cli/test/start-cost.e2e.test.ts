import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

import { startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'

const heavy = /undici|internal\/deps\/(amaro|acorn)|webcrypto/

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
