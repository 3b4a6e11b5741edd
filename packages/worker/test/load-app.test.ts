import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Loader, type Outcome, startLoader } from './loader.ts'
import { createProject } from './project.ts'

describe('loadApp', () => {
  let loader: Loader
  beforeAll(() => void (loader = startLoader()))
  afterAll(() => loader[Symbol.asyncDispose]())

  async function load(app: string, files: Readonly<Record<string, string>>): Promise<Outcome> {
    await using project = await createProject(files)
    return await loader.loadApp(app, project)
  }

  it.each([
    ['the default export', 'app.mjs', "export default () => 'it'; export const app = () => 'no'"],
    [
      'app, if there is no default export',
      'app.mjs',
      "export const app = () => 'it'; export const b = () => 'no'",
    ],
    [
      'the one export that is an app',
      'app.mjs',
      "export const port = 1; export const server = () => 'it'",
    ],
    [
      'a named export',
      'app.mjs:server',
      "export default () => 'no'; export const server = () => 'it'",
    ],
    ['what a factory returns', 'app.mjs:make()', "export const make = () => () => 'it'"],
    [
      'what an async factory resolves with',
      'app.mjs:make()',
      "export const make = async () => () => 'it'",
    ],
    ['what a default factory returns', 'app.mjs:default()', "export default () => () => 'it'"],
    ['what a promise resolves with', 'app.mjs', "export default Promise.resolve(() => 'it')"],
    [
      'what a promise resolves with, as the one export',
      'app.mjs',
      "export const server = Promise.resolve(() => 'it')",
    ],
    [
      'the result of top-level await',
      'app.mjs',
      "const it = await Promise.resolve('it'); export default () => it",
    ],
    ['module.exports', 'app.cjs', "module.exports = () => 'it'"],
    ['exports.app', 'app.cjs', "exports.port = 1; exports.app = () => 'it'"],
    [
      'the one export of CommonJS that is an app',
      'app.cjs',
      "exports.port = 1; exports.server = () => 'it'",
    ],
    [
      'a named export of CommonJS',
      'app.cjs:server',
      "exports.server = () => 'it'; exports.b = () => 'no'",
    ],
    [
      'the default export of a transpiled module',
      'app.cjs',
      "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = () => 'it'; exports.b = () => 'no'",
    ],
    [
      'a named export of a transpiled module',
      'app.cjs:server',
      "exports.__esModule = true; exports.default = () => 'no'; exports.server = () => 'it'",
    ],
    ['TypeScript as it is', 'app.ts', "const it: string = 'it'; export default (): string => it"],
    ['JavaScript without a package.json', 'app.js', "export default () => 'it'"],
  ])('takes %s', async (_what, app, text) => {
    const [file = ''] = app.split(':')
    expect(await load(app, { [file]: text })).toEqual({ value: 'it' })
  })

  it.each(['.ts', '.mts', '.js', '.mjs', '.cjs'])(
    'finds %s when the extension is left out',
    async (extension) => {
      const text =
        extension === '.cjs' ? "module.exports = () => 'it'" : "export default () => 'it'"
      expect(await load('src/app', { [`src/app${extension}`]: text })).toEqual({ value: 'it' })
      expect(await load('src/app:default', { [`src/app${extension}`]: text })).toEqual({
        value: 'it',
      })
    },
  )

  it('prefers the file whose name is given whole', async () => {
    const files = {
      'app.js': "export default () => 'it'",
      'app.js.ts': "export default () => 'no'",
    }
    expect(await load('app.js', files)).toEqual({ value: 'it' })
  })

  it('leaves it to the class to refuse a default export that is no app', async () => {
    const text = 'export default { fetch() {} }'
    expect(await load('app.mjs', { 'app.mjs': text })).toEqual({ value: 'a plain object' })
  })

  it('takes functions for apps where the class cannot tell', async () => {
    await using project = await createProject({
      'app.mjs': "export const port = 1; export const b = () => 'it'",
    })
    expect(await loader.loadApp('app.mjs', { ...project, acceptsFunctions: false })).toEqual({
      value: 'it',
    })
  })

  describe('refuses', () => {
    it('a missing file, and says where it looked', async () => {
      expect(await load('src/app', {})).toMatchObject({
        code: 'app-not-found',
        message: expect.stringMatching(/^The app \/.*\/src\/app does not exist\.$/),
        hint: expect.stringContaining('.ts, .mts, .js, .mjs, .cjs'),
      })
    })

    it('a name that is too long for a file', async () => {
      expect(await load('a'.repeat(5_000), {})).toMatchObject({
        code: 'app-not-found',
        message: expect.stringContaining('cannot be looked up: ENAMETOOLONG'),
        hint: expect.stringContaining('Check the path'),
      })
    })

    it('a directory', async () => {
      expect(await load('src', { 'src/index.js': '' })).toMatchObject({
        code: 'app-not-found',
        message: expect.stringMatching(/src is a directory\.$/),
      })
    })

    it('a missing export, and lists those that there are', async () => {
      const text = 'export const one = () => {}; export const two = () => {}'
      expect(await load('app.mjs:three', { 'app.mjs': text })).toMatchObject({
        code: 'export-not-found',
        message: expect.stringContaining('has no export named three'),
        hint: 'It exports one, two.',
      })
    })

    it('a module that exports nothing', async () => {
      expect(await load('app.mjs', { 'app.mjs': 'export {}' })).toMatchObject({
        code: 'export-not-found',
        hint: expect.stringMatching(/^It exports nothing: add `export default app`.*-k script/),
      })
    })

    it('to choose between several apps', async () => {
      const text = 'export const one = () => {}; export const two = () => {}'
      expect(await load('app.mjs', { 'app.mjs': text })).toMatchObject({
        code: 'export-not-found',
        hint: 'It exports one, two: say which one, as app.mjs:one.',
      })
    })

    it('to call what is no function', async () => {
      expect(await load('app.mjs:app()', { 'app.mjs': 'export const app = {}' })).toMatchObject({
        code: 'no-app',
        message: expect.stringMatching(
          /app of .*app\.mjs is called as a factory, but it is a plain object/,
        ),
        hint: 'Leave out the (): app.mjs:app.',
      })
    })
  })

  describe('explains', () => {
    it('TypeScript that cannot be stripped, and the ways out', async () => {
      expect(
        await load('app.ts', { 'app.ts': 'enum Color { red }\nexport default Color' }),
      ).toMatchObject({
        code: 'app-syntax',
        message: expect.stringMatching(
          /app\.ts uses TypeScript that cannot run by stripping its types: .*enum/,
        ),
        hint: expect.stringContaining('erasableSyntaxOnly'),
      })
    })

    it.each(['app.mjs', 'app.cjs', 'app.ts'])(
      'a syntax error in %s, with its file and line',
      async (file) => {
        const outcome = await load(file, { [file]: 'const fine = 1\nconst = 2\n' })
        expect(outcome.code).toBe('app-syntax')
        expect(outcome.message).toContain(file)
        expect(outcome.stack).toMatch(new RegExp(`${file}:2\\n`))
        expect(outcome.stack).toContain('const = 2')
        expect(outcome.stack).toContain('SyntaxError')
      },
    )

    it('an app that throws, with its stack', async () => {
      const outcome = await load('app.mjs', { 'app.mjs': "\nthrow new Error('no database')" })
      expect(outcome).toMatchObject({
        code: 'app-threw',
        message: expect.stringContaining('app.mjs'),
      })
      expect(outcome.stack).toMatch(/^Error: no database\n.*app\.mjs:2:7/)
    })

    it('an import that cannot be found', async () => {
      const outcome = await load('app.mjs', { 'app.mjs': "import 'not-installed'" })
      expect(outcome.code).toBe('app-threw')
      expect(outcome.stack).toContain("Cannot find package 'not-installed'")
    })

    it('a factory that throws', async () => {
      const text = "export const make = () => { throw new Error('no database') }"
      const outcome = await load('app.mjs:make()', { 'app.mjs': text })
      expect(outcome).toMatchObject({
        code: 'app-threw',
        message: expect.stringContaining('make() of'),
      })
      expect(outcome.stack).toContain('no database')
    })
  })
})
