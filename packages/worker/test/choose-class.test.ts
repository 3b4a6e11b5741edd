import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Loader, type Outcome, startLoader } from './loader.ts'
import { createProject } from './project.ts'

/** A class as it is installed, which accepts what the expression `accepts` says of `app`. */
function installed(name: string, accepts: string): Readonly<Record<string, string>> {
  const folder = `node_modules/@nunicorn/worker-${name}`
  const manifest = { name: `@nunicorn/worker-${name}`, type: 'module', exports: './index.js' }
  return {
    [`${folder}/package.json`]: JSON.stringify(manifest),
    [`${folder}/index.js`]: `export default { contract: 1, name: '${name}', start() {}, accepts: (app) => ${accepts} }`,
  }
}

const http = installed('http', "typeof app === 'function'")
const broken = (name: string): Readonly<Record<string, string>> => ({
  ...installed(name, 'true'),
  [`node_modules/@nunicorn/worker-${name}/index.js`]: "import 'its-framework'",
})

const listener = 'export default (request, response) => {}'
const express = `const app = (request, response, next) => {}
export default Object.assign(app, { set() {}, use() {}, engine() {} })`
const hono = 'export default { fetch() {}, route() {}, routes: [], getPath() {} }'

describe('chooseClass', () => {
  let loader: Loader
  beforeAll(() => void (loader = startLoader()))
  afterAll(() => loader[Symbol.asyncDispose]())

  /** What `-k auto` makes of an app, with `http` installed with the command and these classes in the project. */
  async function choose(
    text: string,
    classes: Readonly<Record<string, string>> = {},
  ): Promise<Outcome> {
    await using project = await createProject({ 'app.mjs': text, ...classes })
    await using command = await createProject({ 'bin.js': '', ...http })
    const { directory } = project
    const from = { directory, command: `${command.directory}/bin.js` }
    return await loader.chooseClass('app.mjs', from)
  }

  it('takes the class that accepts the app, and says why', async () => {
    expect(await choose(listener)).toEqual({
      value: 'http: the app is a (req, res) listener or an http.Server',
    })
    expect(await choose(hono, installed('hono', 'true'))).toEqual({
      value: 'hono: the app is a Hono app',
    })
  })

  it('prefers a special class to http', async () => {
    expect(await choose(express, installed('express', 'true'))).toEqual({
      value: 'express: the app is an Express app',
    })
  })

  it('runs with http what http accepts and whose own class is not installed, or refuses it', async () => {
    expect(await choose(express)).toMatchObject({ value: expect.stringMatching(/^http:/) })
    expect(await choose(express, installed('express', 'false'))).toMatchObject({
      value: expect.stringMatching(/^http:/),
    })
  })

  it('imports no class for which the app can be nothing', async () => {
    const classes = { ...broken('hono'), ...broken('koa'), ...broken('fetch'), ...broken('nest') }
    expect(await choose(listener, classes)).toMatchObject({
      value: expect.stringMatching(/^http:/),
    })
    expect(await choose(hono, broken('hono'))).toMatchObject({ code: 'bad-class' })
  })

  it('lists the candidates when more than one class accepts the app', async () => {
    const classes = { ...installed('hono', 'true'), ...installed('fetch', 'true') }
    expect(await choose(hono, classes)).toMatchObject({
      code: 'ambiguous-class',
      message: 'More than one installed worker class takes the app app.mjs: hono, fetch.',
      hint: 'Choose one: -k hono or -k fetch.',
    })
  })

  it.each([
    ['a Hono app', hono, 'hono'],
    [
      'a Koa app',
      'export default { callback() {}, createContext() {}, use() {}, listen() {} }',
      'koa',
    ],
    ['a Fastify app', 'export default { inject() {}, register() {}, ready() {} }', 'fastify'],
    ['a Nest application', 'export default { getHttpAdapter() {} }', 'nest'],
    ['a fetch handler', 'export default { fetch(request) {} }', 'fetch'],
    ['a fetch handler', 'export default (request) => new Response()', 'fetch'],
  ])('gives the install command for %s whose class is missing', async (what, text, name) => {
    expect(await choose(text)).toMatchObject({
      code: 'class-not-found',
      message: `The app app.mjs looks like ${what}, and the worker class for it is not installed.`,
      hint: expect.stringContaining(`"npm install @nunicorn/worker-${name}"`),
    })
  })

  it('says what was found and which classes are installed when none takes it', async () => {
    const text = 'export default new Map()'
    expect(await choose(text, installed('koa', 'true'))).toMatchObject({
      code: 'no-app',
      message:
        'app.mjs is no app for any installed worker class (http, koa): found an instance of Map.',
    })
  })

  it('finds the one export that may be an app', async () => {
    const text = 'export const port = 1; export const server = (request, response) => {}'
    expect(await choose(text)).toMatchObject({ value: expect.stringMatching(/^http:/) })
  })
})
