import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { createEventLog, type EventLog } from './support/event-log.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'

const apps = new URL('../../../apps/', import.meta.url)
const onePort = ['-b', '127.0.0.1:0', '-w', '1']

/** One of the apps of this repository, with what its own package.json installs. */
function startApp(name: string, ...args: readonly string[]): Nunicorn {
  return startNunicorn({
    directory: new URL(name, apps).pathname,
    args: ['src/app.ts', ...onePort, ...args],
  })
}

/** Runs the command until it ends by itself. */
async function run(
  directory: string,
  ...args: readonly string[]
): Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }> {
  await using nunicorn = startNunicorn({ directory, args })
  const { stdout } = nunicorn.process
  if (stdout === null) throw new Error('stdout is no pipe')
  const [printed, code] = await Promise.all([text(stdout), nunicorn.exited, nunicorn.closed])
  return { code, stdout: printed, stderr: nunicorn.log.lines.join('\n') }
}

/** Puts a class that is made of `text` where a package manager would. */
async function install(project: Project, name: string, text: string): Promise<void> {
  const folder = `node_modules/@nunicorn/worker-${name}`
  await mkdir(project.path(folder), { recursive: true })
  const manifest = '{ "version": "1.2.3", "exports": "./index.mjs" }'
  await writeFile(project.path(`${folder}/package.json`), manifest)
  await writeFile(project.path(`${folder}/index.mjs`), text)
}

describe('-k auto', () => {
  it.each([
    ['hello', 'http (the app is a (req, res) listener or an http.Server)'],
    ['express', 'express (the app is an Express app)'],
    ['fastify', 'fastify (the app is a Fastify app)'],
    ['hono', 'hono (the app is a Hono app)'],
    ['fetch', 'fetch (the app is a fetch handler)'],
    ['koa', 'koa (the app is a Koa app)'],
    ['nest', 'nest (the app is a Nest application)'],
  ])('serves apps/%s, and says what it takes it for', async (name, line) => {
    await using nunicorn = startApp(name)
    await nunicorn.ready(1)
    expect(
      nunicorn.log.lines.filter((text) => text.endsWith(`Using worker class: ${line}`)),
    ).toHaveLength(1)
    const { host, port } = await nunicorn.address()
    const answer = await fetch(`http://${host}:${port}/`, { headers: { connection: 'close' } })
    await answer.text()
    expect(answer.status).toBeLessThan(500)
    nunicorn.signal('SIGTERM')
    expect(await nunicorn.exited).toBe(0)
  })

  it('ends with the install command if the class for the app is missing', async () => {
    await using project = await createProject({
      'app.mjs': 'export default { fetch: () => new Response() }',
    })
    expect(await run(project.directory, 'app.mjs', ...onePort)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('"npm install @nunicorn/worker-fetch"'),
    })
  })
})

describe('-k auto, where more than one installed class takes the app,', () => {
  it('lists the candidates, and ends', async () => {
    const app = `{ inject() {}, register() {}, ready() {}, callback() {}, createContext() {}, use() {} }`
    await using project = await createProject({ 'app.mjs': `export default ${app}` })
    for (const name of ['fastify', 'koa']) {
      const members = `contract: 1, name: '${name}', accepts: () => true, async start() {}`
      await install(project, name, `export default { ${members} }`)
    }
    const { code, stderr } = await run(project.directory, 'app.mjs', ...onePort)
    expect(code).toBe(4)
    expect(stderr).toMatch(
      /More than one installed worker class takes the app app\.mjs: fastify, koa\.[^]*-k fastify or -k koa/,
    )
  })
})

describe('-k NAME', () => {
  it('ends with the install command if the class is not installed', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    expect(await run(project.directory, 'app.mjs', '-k', 'koa', ...onePort)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('"npm install @nunicorn/worker-koa"'),
    })
  })

  it('names what is missing if the class is installed and its framework is not', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await install(project, 'koa', "import 'koa'")
    const { code, stderr } = await run(project.directory, 'app.mjs', '-k', 'koa', ...onePort)
    expect(code).toBe(4)
    expect(stderr).toMatch(
      /failed while it was imported[^]*install it[^]*Cannot find package 'koa'/,
    )
  })
})

describe('a class of a stranger', () => {
  it.each([
    [
      'of another contract',
      "{ contract: 2, name: 'odd', async start() {} }",
      /contract 2.*contract 1/,
    ],
    ['that lacks a member', "{ contract: 1, name: 'odd' }", /it has no start\(\)/],
    [
      'that takes no connections',
      "{ contract: 1, name: 'odd', async start() { return {} } }",
      /The worker class odd resolved start\(\) without having called context\.serve\(\)/,
    ],
    [
      'that does not take the app',
      "{ contract: 1, name: 'odd', takes: 'a map', accepts: () => false, start() {} }",
      /expected a map, found a function/,
    ],
  ])('%s ends the start with a clear error', async (_what, text, error) => {
    await using project = await createProject({
      'app.mjs': appSource(),
      'odd.mjs': `export default ${text}`,
    })
    expect(await run(project.directory, 'app.mjs', '-k', './odd.mjs', ...onePort)).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(error),
    })
  })

  it('that never becomes ready is named when boot-timeout is over', async () => {
    await using project = await createProject({
      'app.mjs': appSource(),
      'odd.mjs': "export default { contract: 1, name: 'odd', start: () => new Promise(() => {}) }",
    })
    const args = ['-k', './odd.mjs', '--boot-timeout', '1s', ...onePort]
    expect(await run(project.directory, 'app.mjs', ...args)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/with -k \.\/odd\.mjs it was not ready within boot-timeout/),
    })
  })
})

describe('nunicorn workers', () => {
  it('lists what is installed, with its version, and how to install the rest', async () => {
    const { code, stdout } = await run(new URL('koa', apps).pathname, 'workers')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Installed[^]*^ {2}koa +\d+\.\d+\.\d+\S* +a Koa app[^]*^Not installed/m)
    expect(stdout).toMatch(/^ {2}fastify +npm install @nunicorn\/worker-fastify$/m)
  })

  it('is JSON for programs', async () => {
    const { stdout } = await run(new URL('koa', apps).pathname, 'workers', '--json')
    const [http] = JSON.parse(stdout) as readonly unknown[]
    expect(http).toMatchObject({
      name: 'http',
      package: '@nunicorn/worker-http',
      version: expect.stringMatching(/^\d/),
    })
  })

  it('says why an installed class cannot be used', async () => {
    await using project = await createProject()
    await install(project, 'koa', "import 'its-framework'")
    const { code, stdout } = await run(project.directory, 'workers')
    expect(code).toBe(0)
    expect(stdout).toMatch(/koa +1\.2\.3 +cannot be used: .*its-framework/)
  })

  it('leaves an app of that name its path', async () => {
    await using project = await createProject({ 'workers.mjs': appSource() })
    expect(await run(project.directory, './workers', '--check-config')).toMatchObject({
      code: 0,
      stdout: 'The settings and the app are fine.\n',
    })
    expect(await run(project.directory, 'workers', '--check-config')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('./workers'),
    })
  })
})

describe('apps/line-echo', () => {
  it('answers lines over TCP, loses none in a reload, and stops with 0', async () => {
    await using nunicorn = startApp('line-echo', '-k', './src/line-class.ts', '--soak', '0')
    await nunicorn.ready(1)
    const address = await nunicorn.address()
    using client = await talk(address)
    client.say('hello')
    await client.heard.waitFor(/^hello \(worker 1, generation 1\)$/)
    client.say('slow')
    nunicorn.signal('SIGHUP')
    await client.heard.waitFor(/^bye$/)
    await client.heard.waitFor(/^slow \(worker 1, generation 1\)$/)
    client.say('already on its way')
    await client.heard.waitFor(/^already on its way \(worker 1, generation 1\)$/)
    await client.closed
    using next = await talk(address)
    next.say('again')
    await next.heard.waitFor(/^again \(worker 1, generation 2\)$/)
    nunicorn.signal('SIGTERM')
    await next.heard.waitFor(/^bye$/)
    expect(await nunicorn.exited).toBe(0)
    expect(nunicorn.log.lines.join('\n')).not.toMatch(/WARNING|ERROR/)
  })
})

interface Talk extends Disposable {
  say(line: string): void
  readonly heard: EventLog
  readonly closed: Promise<unknown>
}

async function talk({
  host,
  port,
}: {
  readonly host: string
  readonly port: number
}): Promise<Talk> {
  const socket: Socket = connect(port, host)
  await once(socket, 'connect')
  const heard = createEventLog()
  let rest = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) heard.add(line)
  })
  return {
    say: (line) => void socket.write(`${line}\n`),
    heard,
    closed: once(socket, 'close'),
    [Symbol.dispose]: () => void socket.destroy(),
  }
}
