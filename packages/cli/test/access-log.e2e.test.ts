import { readFileSync, renameSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'
import { until } from './support/until.ts'

function start(project: Project, ...args: readonly string[]): Nunicorn {
  return startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-b', '127.0.0.1:0', '--soak', '100ms', ...args],
  })
}

function linesOf(project: Project, name = 'access.log'): readonly string[] {
  try {
    return readFileSync(project.path(name), 'utf8').split('\n').slice(0, -1)
  } catch {
    return []
  }
}

interface Entry {
  readonly url?: string
  readonly status: number | null
  readonly outcome: string
  readonly requestId?: string
  readonly worker: number
  readonly pid: number
}

function entriesOf(project: Project): readonly Entry[] {
  return linesOf(project).map((line) => JSON.parse(line) as Entry)
}

async function open(nunicorn: Nunicorn): Promise<Socket> {
  const { port } = await nunicorn.address()
  return connect(port, '127.0.0.1').on('error', () => {})
}

async function ask(
  nunicorn: Nunicorn,
  path: string,
  ...headers: readonly string[]
): Promise<string> {
  const socket = await open(nunicorn)
  socket.write(
    [`GET ${path} HTTP/1.1`, 'Host: a', 'Connection: close', ...headers, '', ''].join('\r\n'),
  )
  return await text(socket)
}

describe('the access log', () => {
  it('has a line for every answer, through recycling, a reload and a stop', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(
      project,
      '-w',
      '2',
      '--max-requests',
      '300',
      '--access-logfile',
      'access.log',
    )
    await nunicorn.ready(2)
    await using load = await loadOf(nunicorn)
    await answered(load, 1_000)
    nunicorn.signal('SIGHUP')
    await nunicorn.log.waitFor(/Reloaded/)
    await answered(load, 500)
    const report = await load.stop()
    expectNoFailure(report)
    nunicorn.signal('SIGTERM')
    expect(await nunicorn.exited).toBe(0)
    const lines = linesOf(project)
    const whole = /^127\.0\.0\.1 - - \[[^\]]+\] "GET \S+ HTTP\/1\.1" 200 2 "-" "-"$/
    expect(lines.filter((line) => !whole.test(line))).toEqual([])
    expect(lines).toHaveLength(report.ok)
  })

  it('has a line for every way in which a request can end', async () => {
    await using project = await createProject({
      'app.mjs': `export default (request, response) => {
        if (request.url === '/throw') throw new Error('thrown on purpose')
        if (request.url === '/torn') return response.destroy()
        if (request.url === '/cut') response.write('begun')
        if (request.url === '/ok') response.end('ok')
      }`,
    })
    await using nunicorn = start(
      project,
      '-w',
      '1',
      '--access-logfile=access.log',
      '--access-logformat=json',
      '--request-timeout=1s',
      '--header-timeout=1s',
      '--graceful-timeout=1s',
    )
    await nunicorn.ready(1)
    await ask(nunicorn, '/ok')
    await ask(nunicorn, '/throw')
    await ask(nunicorn, '/torn')
    const leaving = await open(nunicorn)
    leaving.write('GET /aborted HTTP/1.1\r\nHost: a\r\n\r\n', () => leaving.destroy())
    expect(await ask(nunicorn, '/late')).toContain('503')
    const slow = await open(nunicorn)
    slow.write('GET /never-whole')
    expect(await text(slow)).toContain('408')
    const rude = await open(nunicorn)
    rude.write('no HTTP\r\n\r\n')
    expect(await text(rude)).toContain('400')
    const held = await open(nunicorn)
    held.write('GET /cut HTTP/1.1\r\nHost: a\r\n\r\n')
    await until(() => entriesOf(project).length === 7)
    nunicorn.signal('SIGTERM')
    await nunicorn.exited
    const told = entriesOf(project).map(({ url, status, outcome }) => [url, outcome, status])
    expect(new Set(told)).toEqual(
      new Set([
        ['/ok', 'answered', 200],
        ['/throw', 'answered', 500],
        ['/torn', 'torn', null],
        ['/aborted', 'aborted', 499],
        ['/late', 'timed-out', 503],
        [undefined, 'timed-out', 408],
        [undefined, 'refused', 400],
        ['/cut', 'cut', 200],
      ]),
    )
  })

  it('is opened anew by USR1, by every worker, and nothing is lost by it', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, '-w', '2', '--access-logfile', 'access.log')
    await nunicorn.ready(2)
    await using load = await loadOf(nunicorn)
    await answered(load, 500)
    renameSync(project.path('access.log'), project.path('access.log.1'))
    nunicorn.signal('SIGUSR1')
    await until(() => linesOf(project).length > 200)
    const report = await load.stop()
    nunicorn.signal('SIGTERM')
    await nunicorn.exited
    expect(linesOf(project).length + linesOf(project, 'access.log.1').length).toBe(report.ok)
  })

  it('goes to stdout, whole line by whole line, with -', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(
      project,
      '-w',
      '2',
      '--access-logfile=-',
      '--access-logformat=%(p)s %(r)s',
    )
    const printed = text(nunicorn.process.stdout!)
    await nunicorn.ready(2)
    await using load = await loadOf(nunicorn)
    await answered(load, 1_000)
    const { ok } = await load.stop()
    nunicorn.signal('SIGTERM')
    await nunicorn.exited
    const lines = (await printed).split('\n').slice(0, -1)
    expect(lines.filter((line) => !/^<\d+> GET \S+ HTTP\/1\.1$/.test(line))).toEqual([])
    expect(lines).toHaveLength(ok)
  })

  it('that cannot be opened keeps the app from starting, and says why', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, '-w', '1', '--access-logfile=none/access.log')
    expect(await nunicorn.exited).toBe(3)
    await nunicorn.log.waitFor(/The access log none\/access\.log cannot be opened: ENOENT/)
  })

  it('on a full disk keeps no request from being answered, and the log says so once', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, '-w', '1', '--access-logfile=/dev/full')
    await nunicorn.ready(1)
    await using load = await loadOf(nunicorn)
    await nunicorn.log.waitFor(/\/dev\/full cannot be written: ENOSPC/)
    await answered(load, 1_000)
    expectNoFailure(await load.stop())
    expect(nunicorn.log.lines.filter((line) => line.includes('ENOSPC'))).toHaveLength(1)
  })
})

describe('the id of a request', () => {
  const app = `export default (request, response) =>
    response.end(JSON.stringify([request.headers['x-request-id'], request.rawHeaders]))`

  it('that a trusted peer sends is what the app and the log see; from others it is a new one', async () => {
    await using project = await createProject({ 'app.mjs': app })
    const args = ['-w', '1', '--access-logfile=access.log', '--access-logformat=json']
    for (const trusted of ['127.0.0.1', '192.0.2.1']) {
      await using nunicorn = start(project, ...args, `--forwarded-allow-ips=${trusted}`)
      await nunicorn.ready(1)
      const answer = await ask(nunicorn, '/', 'X-Request-ID: from-the-proxy')
      expect(answer).not.toContain('x-request-id')
      const [id] = JSON.parse(answer.split('\r\n\r\n')[1]!) as [string]
      if (trusted === '127.0.0.1') expect(id).toBe('from-the-proxy')
      else expect(answer).not.toContain('from-the-proxy')
      nunicorn.signal('SIGTERM')
      await nunicorn.exited
      expect(entriesOf(project).at(-1)).toMatchObject({ requestId: id, worker: 1 })
    }
  })
})

it('a worker without an access log loads nothing of it', async () => {
  const spy = `
import { registerHooks } from 'node:module'
globalThis.loaded = []
registerHooks({ load: (url, context, next) => (globalThis.loaded.push(url), next(url, context)) })
`
  const app = `export default (request, response) =>
    response.end(JSON.stringify(globalThis.loaded.filter((url) => url.includes('/dist/'))))`
  await using project = await createProject({ 'app.mjs': app, 'spy.mjs': spy })
  const loadedWith = async (...args: readonly string[]): Promise<string> => {
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-w', '1', '-b', '127.0.0.1:0', ...args],
      env: { NODE_OPTIONS: `--import=${project.path('spy.mjs')}` },
    })
    await nunicorn.ready(1)
    return await ask(nunicorn, '/')
  }
  expect(await loadedWith()).toContain('worker/dist/main.js')
  expect(await loadedWith()).not.toContain('access-log')
  expect(await loadedWith('--access-logfile=access.log')).toContain('/open-access-log-')
})
