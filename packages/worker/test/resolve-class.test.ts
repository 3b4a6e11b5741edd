import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Loader, type Outcome, startLoader } from './loader.ts'
import { createProject } from './project.ts'

const classNamed = (name: string): string =>
  `export default { contract: 1, name: '${name}', async start() {} }`

/** A package as it is installed. */
function installed(name: string, text: string): Readonly<Record<string, string>> {
  const folder = `node_modules/${name}`
  return {
    [`${folder}/package.json`]: JSON.stringify({ name, type: 'module', exports: './index.js' }),
    [`${folder}/index.js`]: text,
  }
}

describe('resolveClass', () => {
  let loader: Loader
  beforeAll(() => void (loader = startLoader()))
  afterAll(() => loader[Symbol.asyncDispose]())

  /** The class that `-k name` means in a project, with a command that is installed elsewhere. */
  async function resolve(
    name: string,
    files: Readonly<Record<string, string>>,
    commandFiles: Readonly<Record<string, string>> = {},
  ): Promise<Outcome> {
    await using project = await createProject(files)
    await using command = await createProject({ 'bin.js': '', ...commandFiles })
    const { directory } = project
    return await loader.resolveClass(name, { directory, command: `${command.directory}/bin.js` })
  }

  it('finds a short name as @nunicorn/worker-NAME', async () => {
    const files = {
      ...installed('@nunicorn/worker-koa', classNamed('it')),
      ...installed('koa', classNamed('no')),
    }
    expect(await resolve('koa', files)).toEqual({ value: 'it' })
  })

  it('finds a package by its name', async () => {
    expect(await resolve('their-worker', installed('their-worker', classNamed('it')))).toEqual({
      value: 'it',
    })
    expect(await resolve('@they/worker', installed('@they/worker', classNamed('it')))).toEqual({
      value: 'it',
    })
  })

  it.each(['./worker.mjs', './src/../worker.mjs', './worker.ts'])(
    'finds the path %s',
    async (path) => {
      expect(
        await resolve(path, { 'worker.mjs': classNamed('it'), 'worker.ts': classNamed('it') }),
      ).toEqual({ value: 'it' })
    },
  )

  it('finds an absolute path', async () => {
    await using project = await createProject({ 'worker.mjs': classNamed('it') })
    const from = { directory: '/', command: '/bin.js' }
    expect(await loader.resolveClass(`${project.directory}/worker.mjs`, from)).toEqual({
      value: 'it',
    })
  })

  it('finds what was installed with the command, after what the project has', async () => {
    const withCommand = installed('@nunicorn/worker-http', classNamed('of the command'))
    expect(await resolve('http', {}, withCommand)).toEqual({ value: 'of the command' })
    const ofProject = installed('@nunicorn/worker-http', classNamed('of the project'))
    expect(await resolve('http', ofProject, withCommand)).toEqual({ value: 'of the project' })
  })

  it('gives the install command for a class that is not installed', async () => {
    expect(await resolve('koa', {})).toMatchObject({
      code: 'class-not-found',
      message: 'The worker class "koa" cannot be found.',
      hint: expect.stringContaining('"npm install @nunicorn/worker-koa"'),
    })
  })

  it('lists its own classes for a name that is none of them', async () => {
    expect(await resolve('fastfy', {})).toMatchObject({
      code: 'class-not-found',
      hint: expect.stringMatching(/^nunicorn's own are http, .*fastify/),
    })
  })

  it('says what a missing path is relative to', async () => {
    expect(await resolve('./worker.ts', {})).toMatchObject({
      code: 'class-not-found',
      hint: expect.stringContaining('--chdir'),
    })
  })

  it.each([
    [
      'another contract',
      "export default { contract: 2, name: 'x', start() {} }",
      'it implements contract 2, and this nunicorn speaks contract 1',
    ],
    ['no contract', "export default { name: 'x', start() {} }", 'it implements contract undefined'],
    [
      'a text for its contract',
      "export default { contract: '1', name: 'x', start() {} }",
      'it implements contract "1", and this nunicorn speaks contract 1',
    ],
    [
      'a contract that cannot be shown',
      "export default { contract: Object.create(null), name: 'x', start() {} }",
      'it implements contract a plain object',
    ],
    [
      'a member that throws',
      "export default { get contract() { throw new Error('not yet') } }",
      'its members cannot be read: not yet',
    ],
    [
      'a revoked proxy for it',
      'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); export default proxy',
      'its members cannot be read',
    ],
    ['no name', 'export default { contract: 1, start() {} }', 'it has no name'],
    ['no start()', "export default { contract: 1, name: 'x' }", 'it has no start()'],
    ['no default export', 'export const worker = 1', 'its default export is undefined'],
    ['a function as default export', 'export default () => {}', 'its default export is a function'],
  ])('refuses a class with %s', async (_what, text, fault) => {
    expect(await resolve('./worker.mjs', { 'worker.mjs': text })).toMatchObject({
      code: 'bad-class',
      message: expect.stringContaining(fault),
      hint: expect.stringContaining('WorkerClass of @nunicorn/contract'),
    })
  })

  it('says so when the class cannot be imported', async () => {
    const outcome = await resolve('./worker.mjs', { 'worker.mjs': "import 'koa'" })
    expect(outcome).toMatchObject({
      code: 'bad-class',
      message: expect.stringMatching(/"\.\/worker\.mjs" \(.*\) failed while it was imported/),
      stack: expect.stringContaining("Cannot find package 'koa'"),
    })
  })

  it('says so when a package cannot be loaded by its name', async () => {
    const manifest = JSON.stringify({ name: 'their-worker', exports: { import: './index.js' } })
    const files = { 'node_modules/their-worker/package.json': manifest }
    expect(await resolve('their-worker', files)).toMatchObject({
      code: 'bad-class',
      message: 'The package their-worker is installed, but it cannot be loaded by its name.',
      hint: expect.stringContaining('"default"'),
    })
  })

  it('names all faults at once', async () => {
    const outcome = await resolve('./worker.mjs', { 'worker.mjs': 'export default {}' })
    expect(outcome.message).toMatch(/contract undefined.*; it has no name; it has no start\(\)\.$/)
  })
})
