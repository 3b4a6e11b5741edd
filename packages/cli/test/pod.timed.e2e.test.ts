import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describeReport, type LoadRun, startLoad } from '@nunicorn/torture'
import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { answered, expectNoFailure } from './support/load.ts'
import { freePort, type Nginx, nginxMissing, startNginx } from './support/nginx.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'

const command = fileURLToPath(new URL('../bin/nunicorn.js', import.meta.url))
const skipped = nginxMissing && ` (skipped: ${nginxMissing})`

interface Pod {
  readonly address: string
  readonly nunicorn: Nunicorn
  readonly nginx: Nginx
}

/** The nginx of the manifests, with its folders and its port moved to where this machine has room for them. */
async function startPod(project: Project, all: AsyncDisposableStack, name: string): Promise<Pod> {
  const bind = `unix:${project.path(`${name}.sock`)}`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [command, 'deploy', 'kubernetes', 'app.mjs', '-b', bind, '-n', 'shop'],
    { cwd: project.directory, env: { ...process.env, PWD: project.directory } },
  )
  const port = await freePort()
  const folder = join(project.directory, name)
  const main = (into: string): string =>
    blockOf(stdout, 'nginx.conf')
      .replaceAll(' /tmp/', ` ${into}/`)
      .replaceAll('/etc/nunicorn-nginx', into)
  const site = blockOf(stdout, 'site.conf').replace('listen 8080;', `listen 127.0.0.1:${port};`)
  const args = ['app.mjs', '-b', bind, '-w', '2', '--graceful-timeout', '30s']
  const nunicorn = all.use(startNunicorn({ directory: project.directory, args }))
  await nunicorn.ready(2)
  const nginx = all.use(await startNginx(folder, { port, site, main }))
  return { address: `127.0.0.1:${port}`, nunicorn, nginx }
}

/** A text in a ConfigMap. */
function blockOf(manifests: string, key: string): string {
  const [, block = ''] =
    new RegExp(`^ {2}${key.replace('.', '\\.')}: \\|\\n((?: {4}.*\\n|\\n)+)`, 'm').exec(
      manifests,
    ) ?? []
  return block.replaceAll(/^ {4}/gm, '')
}

/** A Service, which never tries another pod. */
function service(port: number, pods: readonly Pod[]): string {
  const servers = pods.map(({ address }) => `server ${address} max_fails=0;`).join(' ')
  return `upstream pods { ${servers} }
server { listen 127.0.0.1:${port}; location / { proxy_pass http://pods; proxy_next_upstream off; } }
`
}

/** How the kubelet ends a pod with a sidecar: preStop, the signal of the image, and then the sidecar. */
async function endInOrder({ nginx, nunicorn }: Pod, delayMs: number): Promise<void> {
  await sleep(delayMs)
  await nginx.quit()
  nunicorn.signal('SIGTERM')
  expect(await nunicorn.exited).toBe(0)
}

/** As if nunicorn were not a sidecar: it gets its TERM at once, and nginx waits for the Service to forget the pod. */
async function endAtOnce({ nginx, nunicorn }: Pod, delayMs: number): Promise<void> {
  nunicorn.signal('SIGTERM')
  await sleep(delayMs)
  await nginx.quit()
  await nunicorn.exited
}

describe.skipIf(skipped)(`a pod with nginx before a Unix socket${skipped}`, () => {
  /** Ends one of two pods while the Service learns of it a second later. */
  async function roll(end: typeof endInOrder): Promise<Awaited<ReturnType<LoadRun['stop']>>> {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using all = new AsyncDisposableStack()
    const pods = [await startPod(project, all, 'one'), await startPod(project, all, 'two')]
    const port = await freePort()
    const balancer = all.use(
      await startNginx(project.path('service'), { port, site: service(port, pods) }),
    )
    await using load = startLoad({
      target: { host: '127.0.0.1', port },
      clients: [{ kind: 'connection-per-request', concurrency: 4 }],
    })
    await answered(load, 100)
    const [old, ...others] = pods
    const ending = end(old!, 2_500)
    await sleep(1_000)
    await balancer.reload(service(port, others))
    await ending
    await answered(load, 100)
    return await load.stop()
  }

  it('loses nothing when nginx leaves after the delay and nunicorn after nginx', async () => {
    expectNoFailure(await roll(endInOrder))
  })

  it('loses requests if both get TERM at once', async () => {
    const report = await roll(endAtOnce)
    expect(report.failed, describeReport(report)).toBeGreaterThan(0)
  })

  it('believes what the proxy before it has said of the client', async () => {
    await using project = await createProject({
      'app.mjs':
        'export default (request, response) => response.end(JSON.stringify(request.headers))',
    })
    await using all = new AsyncDisposableStack()
    const { address, nginx } = await startPod(project, all, 'pod')
    const headers = {
      'x-forwarded-proto': 'https',
      'x-request-id': 'abc',
      'x-forwarded-for': '1.2.3.4',
    }
    const answer = await fetch(`http://${address}/`, { headers })
    expect(await answer.json()).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-request-id': 'abc',
      'x-forwarded-for': '1.2.3.4, 127.0.0.1',
    })
    const bare = await (await fetch(`http://${address}/`)).json()
    expect(bare).toMatchObject({
      'x-forwarded-proto': 'http',
      'x-request-id': expect.stringMatching(/^[\da-f]{32}$/),
    })
    expect(nginx.errors()).toBe('')
  })
})
