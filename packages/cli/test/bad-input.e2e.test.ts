import { existsSync, readdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'

import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { childrenOf, startNunicorn, titleOf } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'

const anyPort = ['-b', '127.0.0.1:0', '-w', '2']

interface Outcome {
  readonly code: number | NodeJS.Signals
  readonly text: string
  /** Processes that the command left behind. */
  readonly left: readonly string[]
}

/** Runs the command until it ends by itself. */
async function run(project: Project, ...args: readonly string[]): Promise<Outcome> {
  await using nunicorn = startNunicorn({ directory: project.directory, args })
  const seen = new Set<number>()
  const watch = setInterval(() => childrenOf(nunicorn.pid).forEach((pid) => seen.add(pid)), 5)
  const code = await nunicorn.exited
  clearInterval(watch)
  await nunicorn.closed
  const left = [...seen].map(titleOf).filter((title) => title.startsWith('nunicorn'))
  return { code, text: nunicorn.log.lines.join('\n'), left }
}

/** A message for people: no stack of ours, and not more than a paragraph of lines. */
function expectParagraph(text: string): void {
  expect(text).not.toMatch(/packages\/(cli|arbiter|worker)\/(dist|src)/)
  expect(text.split('\n').length).toBeLessThan(12)
}

describe('bad settings', () => {
  it.each([
    ['an unknown setting, with the nearest name', ['--workrs', '3'], 2, /--workrs.*--workers/],
    [
      'a wrong type',
      ['-w', 'many'],
      2,
      /workers \(flag --workers\): 'many'.*Give 1 or more, or auto/,
    ],
    ['a time that is none', ['-t', 'soon'], 2, /timeout \(flag --timeout\): 'soon'/],
    ['a port that is too high', ['-b', '127.0.0.1:99999'], 2, /99999.*65535/],
    ['a missing config file', ['-c', 'nowhere.ts'], 1, /nowhere\.ts.*does not exist/],
    [
      'a directory that is not there',
      ['--chdir', '/no/such/place'],
      1,
      /\/no\/such\/place.*--chdir/,
    ],
  ])('names %s', async (_, args, code, pattern) => {
    await using project = await createProject({ 'app.mjs': appSource() })
    const outcome = await run(project, 'app.mjs', ...args)
    expect(outcome.text).toMatch(pattern)
    expect(outcome).toMatchObject({ code, left: [] })
    expectParagraph(outcome.text)
  })

  it('names all problems at once', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    const { code, text } = await run(project, 'app.mjs', '-w', '0', '-t', 'x', '--nmae', 'y')
    expect(code).toBe(2)
    expect(text).toMatch(/workers[^]*timeout|timeout[^]*workers/)
    expect(text).toContain('--nmae')
  })

  it('asks for the app where it is missing', async () => {
    await using project = await createProject()
    expect(await run(project)).toMatchObject({
      code: 2,
      text: expect.stringMatching(/nunicorn app\.ts/),
    })
  })

  it('says why a config file cannot be read, and where a value in it comes from', async () => {
    await using project = await createProject({
      'app.mjs': appSource(),
      'nunicorn.config.mjs': 'export default {',
    })
    expect(await run(project, 'app.mjs')).toMatchObject({
      code: 1,
      text: expect.stringMatching(/nunicorn\.config\.mjs/),
      left: [],
    })
    await project.write('nunicorn.config.mjs', 'export default { wrokers: 3, timeout: "soon" }')
    const { code, text } = await run(project, 'app.mjs')
    expect(code).toBe(1)
    expect(text).toMatch(/wrokers.*nunicorn\.config\.mjs.*workers/)
    expect(text).toMatch(/timeout.*nunicorn\.config\.mjs/)
  })
})

describe('a bad APP', () => {
  it.each([
    ['a missing file', 'nowhere.ts', 4, /nowhere\.ts does not exist.*--chdir/],
    ['a missing export', 'app.mjs:nothing', 4, /no export named nothing.*default/],
    ['a module without an app', 'none.mjs', 4, /no default export.*none\.mjs:a/],
    [
      'an export that is no app',
      'five.mjs',
      4,
      /no app for any installed worker class.*found a number/,
    ],
    ['a factory that is none', 'five.mjs:default()', 4, /default.*a number/],
    [
      'a worker class that is not installed',
      'app.mjs -k nothing-of-the-kind',
      4,
      /nunicorn's own are http, .*@nunicorn\/worker-nothing-of-the-kind/,
    ],
    ['code that throws, with the place', 'throws.mjs', 3, /on purpose[^]*throws\.mjs:1/],
    ['a syntax error, with the place', 'syntax.mjs', 3, /syntax\.mjs:2/],
    ['an enum, with what to do', 'enum.ts', 3, /enum is not supported.*erasableSyntaxOnly/],
    ['code that ends the process', 'exits.mjs', 3, /exited by itself with code 7/],
    ['a server that listens', 'listens.mjs', 3, /listens already.*--bind/],
  ])('names %s', async (_, app, code, pattern) => {
    await using project = await createProject({
      'app.mjs': appSource(),
      'none.mjs': 'export const a = 1, b = 2',
      'five.mjs': 'export default 5',
      'throws.mjs': 'throw new Error("on purpose")',
      'syntax.mjs': '\nexport default (',
      'enum.ts': 'enum Colour { red }\nexport default Colour',
      'exits.mjs': 'process.exit(7)',
      'listens.mjs':
        "import { createServer } from 'node:http'\nexport default createServer().listen(0)",
    })
    const outcome = await run(project, ...app.split(' '), ...anyPort, '-p', 'pid')
    expect(outcome.text).toMatch(pattern)
    expect(outcome).toMatchObject({ code, left: [] })
    expect(outcome.text.match(/\[ERROR\]/g)).toHaveLength(1)
    expect(existsSync(project.path('pid'))).toBe(false)
  })
})

describe('an address or a pid file that is taken', () => {
  it('names a port in use', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const outcome = await run(project, 'app.mjs', '-b', `127.0.0.1:${port}`, '-p', 'pid')
    expect(outcome).toMatchObject({
      code: 1,
      text: expect.stringMatching(`127.0.0.1:${port}.*in use`),
      left: [],
    })
    expect(existsSync(project.path('pid'))).toBe(false)
  })

  it('names a port in use by another nunicorn, which the kernel would let it share', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using first = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', ...anyPort],
    })
    const { port } = await first.address()
    expect(await run(project, 'app.mjs', '-b', `127.0.0.1:${port}`)).toMatchObject({
      code: 1,
      text: expect.stringMatching(/in use/),
    })
  })

  it('names a privileged port', async ({ skip }) => {
    const firstFreePort = Number(
      await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'),
    )
    if (firstFreePort < 1024) skip('every user may bind every port of this machine')
    await using project = await createProject({ 'app.mjs': appSource() })
    const wrapper = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-net_bind_service'] : []
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-b', '127.0.0.1:80'],
      wrapper,
    })
    expect(await nunicorn.exited).toBe(1)
    await nunicorn.closed
    expect(nunicorn.log.lines.join('\n')).toMatch(/127\.0\.0\.1:80.*1024/)
  })

  it('names a Unix socket of a live server and leaves it alone', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using first = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-b', 'unix:app.sock', '-w', '1'],
    })
    await first.ready(1)
    const outcome = await run(project, 'app.mjs', '-b', 'unix:app.sock')
    expect(outcome).toMatchObject({
      code: 1,
      text: expect.stringMatching(/app\.sock.*in use/),
      left: [],
    })
    expect(existsSync(project.path('app.sock'))).toBe(true)
    first.signal('SIGTERM')
    expect(await first.exited).toBe(0)
    expect(existsSync(project.path('app.sock'))).toBe(false)
  })

  it('names the owner of a live pid file, and replaces a stale one', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using first = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', ...anyPort, '-p', 'pid'],
    })
    await first.ready(1)
    const outcome = await run(project, 'app.mjs', ...anyPort, '-p', 'pid')
    expect(outcome).toMatchObject({
      code: 1,
      text: expect.stringMatching(`pid ${first.pid}.*--pid`),
      left: [],
    })
    first.signal('SIGTERM')
    expect(await first.exited).toBe(0)
    expect(readdirSync(project.directory)).toEqual(['app.mjs'])
    // This process lives, but it is no nunicorn: pids are given out again.
    await writeFile(project.path('pid'), `${process.pid}\n`)
    await using second = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', ...anyPort, '-p', 'pid'],
    })
    await second.ready(1)
  })

  it('names a pid file that cannot be written', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    expect(await run(project, 'app.mjs', ...anyPort, '-p', 'no/such/pid')).toMatchObject({
      code: 1,
      text: expect.stringMatching(/no\/such\/pid.*--pid/),
      left: [],
    })
  })
})

describe('--check-config and --print-config', () => {
  it('boots the app once and says that it is fine, or why it is not', async () => {
    await using project = await createProject({
      'app.mjs': appSource(),
      'bad.mjs': 'throw new Error("on purpose")',
    })
    expect(await run(project, 'app.mjs', '--check-config')).toMatchObject({ code: 0, left: [] })
    expect(await run(project, 'bad.mjs', '--check-config')).toMatchObject({
      code: 1,
      text: expect.stringMatching(/on purpose/),
      left: [],
    })
    expect(await run(project, 'app.mjs', '-k', 'nosuchworker', '--check-config')).toMatchObject({
      code: 1,
    })
  })
})
