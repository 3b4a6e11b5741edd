import { describe, expect, it } from 'vitest'

import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'

const apps = new URL('../../../apps/', import.meta.url)

/** Serves a file with what apps/NAME has installed. */
function start(name: string, file: string, ...args: readonly string[]): Nunicorn {
  return startNunicorn({
    directory: new URL(name, apps).pathname,
    args: [file, '-b', '127.0.0.1:0', '-w', '1', ...args],
  })
}

/** The file in which a user exports `text`; it imports the framework from apps/NAME. */
function moduleOf(name: string, text: string): Readonly<Record<string, string>> {
  const from = JSON.stringify(new URL(`${name}/package.json`, apps).href)
  return {
    'app.mjs': `
      import { createRequire } from 'node:module'
      import { setTimeout as sleep } from 'node:timers/promises'
      const require = createRequire(${from})
      ${text}
    `,
  }
}

const nestModule = `
  const { Controller, Get } = require('@nestjs/common')
  const { NestFactory } = require('@nestjs/core')
  class Hello { hello() { return 'hello' } }
  Controller()(Hello)
  Get()(Hello.prototype, 'hello', Object.getOwnPropertyDescriptor(Hello.prototype, 'hello'))
`

const fastifyModule = `const { fastify } = require('fastify')`

const hello = `app.get('/', async () => 'hello')`

describe('a function that makes or fills the app', () => {
  it.each([
    ['fastify', 'a plugin', `export default async (app) => { ${hello} }`],
    [
      'fastify',
      'a plugin with options',
      `export default async function (app, options) { ${hello} }`,
    ],
    [
      'fastify',
      'a plugin with a callback',
      `export default (app, options, done) => { ${hello}; done() }`,
    ],
    [
      'fastify',
      'a factory',
      `${fastifyModule}; export default () => { const app = fastify(); ${hello}; return app }`,
    ],
    [
      'fastify',
      'a factory that takes its time and options',
      `${fastifyModule}
      export default async (options = {}) => {
        await sleep(10)
        const app = fastify(options)
        ${hello}
        return app
      }`,
    ],
    [
      'nest',
      'a bootstrap function',
      `${nestModule}
      export default async function bootstrap() {
        await sleep(10)
        return await NestFactory.create({ controllers: [Hello] }, { logger: false })
      }`,
    ],
  ])('-k %s serves %s', async (name, _what, text) => {
    await using project = await createProject(moduleOf(name, text))
    await using nunicorn = start(name, project.path('app.mjs'), '-k', name)
    await nunicorn.ready(1)
    const { host, port } = await nunicorn.address()
    const answer = await fetch(`http://${host}:${port}/`, { headers: { connection: 'close' } })
    expect(await answer.text()).toBe('hello')
    nunicorn.signal('SIGTERM')
    expect(await nunicorn.exited).toBe(0)
  })

  it('is not picked among other exports where one is an app already', async () => {
    const text = `${fastifyModule}
      export function build() { const app = fastify(); ${hello}; return app }
      export const server = build()`
    await using project = await createProject(moduleOf('fastify', text))
    await using nunicorn = start('fastify', project.path('app.mjs'), '-k', 'fastify')
    await nunicorn.ready(1)
  })

  it('is taken for a listener by -k auto, which guesses at no framework', async () => {
    const text = `export default (request, response) => response.end('hello')`
    await using project = await createProject({ 'app.mjs': text })
    await using nunicorn = start('fastify', project.path('app.mjs'))
    await nunicorn.log.waitFor(/Using worker class: http/)
    await nunicorn.ready(1)
  })

  it.each([
    [
      'fastify',
      'a factory with parameters, which would serve nothing as a plugin',
      `${fastifyModule}; export default (options) => fastify(options)`,
      /taken for a Fastify plugin, but it has made an instance of its own[^]*app\.ts:build\(\)/,
      4,
    ],
    [
      'fastify',
      'a listener',
      `export default (request, response) => response.end('hello')`,
      /taken for a Fastify plugin, and failed[^]*-k http[^]*response\.end is not a function/,
      3,
    ],
    [
      'fastify',
      'a class',
      `export default class Routes {}`,
      /app\.mjs is no app for the worker class fastify: expected a Fastify instance/,
      4,
    ],
    [
      'nest',
      'a bootstrap function that returns nothing',
      `export default async function bootstrap() {}`,
      /has returned something else[^]*NestFactory\.create\(\)/,
      4,
    ],
    [
      'nest',
      'a module',
      `export default class AppModule {}`,
      /app\.mjs is no app for the worker class nest: expected a Nest application/,
      4,
    ],
  ])('-k %s refuses %s, with the mend', async (name, _what, text, error, code) => {
    await using project = await createProject(moduleOf(name, text))
    await using nunicorn = start(name, project.path('app.mjs'), '-k', name)
    expect(await nunicorn.exited).toBe(code)
    await nunicorn.closed
    expect(nunicorn.log.lines.join('\n')).toMatch(error)
  })
})
