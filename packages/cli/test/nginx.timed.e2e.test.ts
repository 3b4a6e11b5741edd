import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describeReport, startLoad } from '@nunicorn/torture'
import { describe, expect, it } from 'vitest'

import { adminOf } from './support/admin.ts'
import { appSource } from './support/app.ts'
import { answered, expectNoFailure } from './support/load.ts'
import { freePort, nginxMissing, startNginx } from './support/nginx.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'
import { until } from './support/until.ts'
import { webSocketUpgrade } from './support/web-socket-upgrade.ts'

const command = fileURLToPath(new URL('../bin/nunicorn.js', import.meta.url))
const skipped = nginxMissing && ` (skipped: ${nginxMissing})`

/** What `nunicorn deploy nginx` prints. */
async function siteFor(project: Project, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [command, 'deploy', 'nginx', 'app.mjs', ...args],
    { cwd: project.directory, env: { ...process.env, PWD: project.directory } },
  )
  return stdout
}

function start(project: Project, args: readonly string[]): Nunicorn {
  return startNunicorn({ directory: project.directory, args: ['app.mjs', '-w', '2', ...args] })
}

/** The pid of the worker that answers just now. */
async function workerBehind(port: number): Promise<number> {
  const { headers } = await fetch(`http://127.0.0.1:${port}/ok`)
  return Number(headers.get('x-worker'))
}

const clients = [
  { kind: 'connection-per-request', concurrency: 4 },
  { kind: 'keep-alive', concurrency: 4, thinkMs: [1, 5, 50] },
] as const

describe.skipIf(skipped)(`behind nginx${skipped}`, () => {
  it('10 reloads lose nothing, over a Unix socket', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    const bind = ['-b', `unix:${project.path('app.sock')}`]
    await using nunicorn = start(project, [...bind, '--soak', '0', '--keep-alive', '2s'])
    await nunicorn.ready(2)
    const port = await freePort()
    const site = await siteFor(project, [
      ...bind,
      '--keep-alive',
      '2s',
      '--listen',
      `127.0.0.1:${port}`,
    ])
    await using nginx = await startNginx(project.directory, { port, site })
    await using load = startLoad({ target: { host: '127.0.0.1', port }, clients })
    for (let count = 1; count <= 10; count += 1) {
      await answered(load, 50)
      nunicorn.signal('SIGHUP')
      await nunicorn.log.waitFor(/Reloaded: all workers are of generation/, { count })
    }
    await answered(load, 50)
    expectNoFailure(await load.stop())
    expect(nginx.errors()).toBe('')
  })

  it('a rolling restart of 3 instances loses nothing', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    const upstreams: string[] = []
    const instances: Nunicorn[] = []
    await using all = new AsyncDisposableStack()
    for (let number = 1; number <= 3; number += 1) {
      const address = `unix:${project.path(`${number}.sock`)}`
      upstreams.push(address)
      instances.push(all.use(start(project, ['-b', address, '--keep-alive', '1s'])))
    }
    for (const instance of instances) await instance.ready(2)
    const port = await freePort()
    const site = await siteFor(project, [
      '--upstream',
      upstreams.join(),
      '--keep-alive',
      '1s',
      '--listen',
      `127.0.0.1:${port}`,
    ])
    expect(site.match(/max_fails=1/g)).toHaveLength(3)
    await using _nginx = await startNginx(project.directory, { port, site })
    await using load = startLoad({ target: { host: '127.0.0.1', port }, clients })
    for (const [index, instance] of instances.entries()) {
      await answered(load, 50)
      instance.signal('SIGTERM')
      expect(await instance.exited).toBe(0)
      await answered(load, 50)
      const next = all.use(start(project, ['-b', upstreams[index]!, '--keep-alive', '1s']))
      await next.ready(2)
      // nginx gives it traffic again.
      await until(async () => next.workers().includes(await workerBehind(port)))
    }
    await answered(load, 50)
    expectNoFailure(await load.stop())
  })

  it('WebSockets and event streams pass as they come, and health is asked for at the admin address', async () => {
    await using project = await createProject({ 'app.mjs': streaming })
    const args = [
      '-b',
      `127.0.0.1:${await freePort()}`,
      '--admin',
      `unix:${project.path('admin.sock')}`,
    ]
    await using nunicorn = start(project, args)
    await nunicorn.ready(2)
    const port = await freePort()
    const site = await siteFor(project, [...args, '--listen', `127.0.0.1:${port}`])
    await using _nginx = await startNginx(project.directory, { port, site })
    const health = await fetch(`http://127.0.0.1:${port}/healthz`)
    expect([health.status, await health.text()]).toEqual([200, 'ok\n'])
    const events = await fetch(`http://127.0.0.1:${port}/events`, {
      headers: { accept: 'text/event-stream' },
    })
    const stream = events.body!.pipeThrough(new TextDecoderStream()).getReader()
    // As it comes: nginx would hold back some kilobytes.
    expect(await stream.read()).toMatchObject({ value: expect.stringContaining('data: tick') })

    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`)
    await once(socket, 'open')
    socket.send('hello')
    expect(await once(socket, 'message')).toMatchObject([{ data: 'hello' }])
    const closed = once(socket, 'close')
    nunicorn.signal('SIGHUP')
    expect(await closed).toMatchObject([{ code: 1001 }])
    await stream.cancel()
  })

  it('tells the app who asks, and gives each request an id', async () => {
    await using project = await createProject({
      'app.mjs':
        'export default (request, response) => response.end(JSON.stringify(request.headers))',
    })
    const bind = ['-b', `unix:${project.path('app.sock')}`]
    await using nunicorn = start(project, bind)
    await nunicorn.ready(2)
    const port = await freePort()
    const site = await siteFor(project, [...bind, '--listen', `127.0.0.1:${port}`])
    await using _nginx = await startNginx(project.directory, { port, site })
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      headers: { 'x-request-id': 'forged' },
    })
    expect(await answer.json()).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-request-id': expect.stringMatching(/^[\da-f]{32}$/),
    })
  })
})

/**
 * Three instances are ended one after the other, and the load balancer learns of it late, as the endpoints of Kubernetes
 * do; nor does it try anybody else, as kube-proxy does not.
 */
describe.skipIf(skipped)(
  `the race of a termination with the removal of its endpoint${skipped}`,
  () => {
    const site = (port: number, upstreams: readonly string[]): string => `
upstream pods { ${upstreams.map((address) => `server ${address} max_fails=0;`).join(' ')} }
server { listen 127.0.0.1:${port}; location / { proxy_pass http://pods; proxy_next_upstream off; } }
`

    async function roll(
      drainDelay: string,
      lagMs: number,
    ): Promise<Awaited<ReturnType<ReturnType<typeof startLoad>['stop']>>> {
      await using project = await createProject({ 'app.mjs': appSource() })
      await using all = new AsyncDisposableStack()
      const pods: { readonly address: string; readonly instance: Nunicorn }[] = []
      for (const host of ['127.0.0.2', '127.0.0.3', '127.0.0.4']) {
        const address = `${host}:${await freePort()}`
        const admin = ['--admin', `${host}:0`]
        const instance = all.use(
          start(project, ['-b', address, '--drain-delay', drainDelay, ...admin]),
        )
        pods.push({ address, instance })
      }
      for (const { instance } of pods) await instance.ready(2)
      const port = await freePort()
      let alive = pods.map(({ address }) => address)
      await using nginx = await startNginx(project.directory, { port, site: site(port, alive) })
      await using load = startLoad({
        target: { host: '127.0.0.1', port },
        clients: [{ kind: 'connection-per-request', concurrency: 4 }],
      })
      for (const { address, instance } of pods.slice(0, 2)) {
        await answered(load, 50)
        const admin = await adminOf(instance)
        instance.signal('SIGTERM')
        if (drainDelay !== '0') {
          await until(async () => (await admin.get('/readyz')).status === 503)
          expect(await admin.get('/livez')).toMatchObject({ status: 200 })
        }
        const from = performance.now()
        await until(() => performance.now() - from >= lagMs)
        alive = alive.filter((other) => other !== address)
        await nginx.reload(site(port, alive))
        expect(await instance.exited).toBe(0)
      }
      await answered(load, 50)
      return await load.stop()
    }

    it.each([0, 3_000])(
      'loses nothing with a drain delay, though nginx lags %i ms behind',
      async (lagMs) => {
        expectNoFailure(await roll('4s', lagMs))
      },
    )

    it('loses requests without one', async () => {
      const report = await roll('0', 1_000)
      expect(report.failed, describeReport(report)).toBeGreaterThan(0)
    })
  },
)

const streaming = `
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  if (request.url !== '/events') return response.end('ok')
  response.setHeader('content-type', 'text/event-stream')
  const ticks = setInterval(() => response.write('data: tick\\n\\n'), 10)
  response.on('close', () => clearInterval(ticks))
})

${webSocketUpgrade}
export default server
`
