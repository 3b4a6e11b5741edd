import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { type AdminClient, adminOf } from './support/admin.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'
import { until } from './support/until.ts'

const promClient = fileURLToPath(import.meta.resolve('prom-client'))

/** Counts the requests it answers, by prom-client. */
const body = `
const served = new client.Counter({ name: 'shop_served_total', help: 'Served.', labelNames: ['path'] })
new client.Gauge({ name: 'nunicorn_requests_total', help: 'A name of ours.' }).set(666)
new client.Gauge({ name: 'shop_workers', help: 'Workers.' }).set(1)
client.collectDefaultMetrics()
const listener = (request, response) => {
  if (request.url === '/exit') process.exit(1)
  if (request.url === '/block') while (true);
  served.inc({ path: request.url })
  response.setHeader('connection', 'close')
  response.end(String(process.pid))
}`

const apps = {
  'app.mjs': `import client from ${JSON.stringify(promClient)}\n${body}\nexport default listener`,
  'app.cjs': `const client = require(${JSON.stringify(promClient)})\n${body}\nmodule.exports = listener`,
}

function served(metrics: ReadonlyMap<string, number>): number {
  return metrics.get('shop_served_total{path="/"}') ?? 0
}

async function ask(nunicorn: Nunicorn, count: number, path = '/'): Promise<void> {
  const { host, port } = await nunicorn.address()
  for (let index = 0; index < count; index += 1)
    await fetch(`http://${host}:${port}${path}`).then((response) => response.text())
}

const any = ['-w', '2', '-b', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--soak', '0']

describe.each(['app.mjs', 'app.cjs'] as const)("the metrics of %s's own prom-client", (file) => {
  it('are added up over the workers, and survive a crash and a reload', async () => {
    await using project = await createProject(apps)
    await using nunicorn = startNunicorn({ directory: project.directory, args: [file, ...any] })
    await nunicorn.ready(2)
    const admin = await adminOf(nunicorn)
    await ask(nunicorn, 20)
    const first = await admin.metrics()
    expect(served(first)).toBe(20)
    expect(first.get('shop_workers')).toBe(2)
    // What is ours stays ours, and the page whole.
    expect(first.get('nunicorn_requests_total')).not.toBe(666)
    expect(first.get('nunicorn_app_metrics_skipped')).toBe(1)
    expect(first.has('process_cpu_seconds_total')).toBe(true)

    await ask(nunicorn, 1, '/exit').catch(() => {})
    await nunicorn.ready(3)
    expect(served(await admin.metrics())).toBe(20)

    // Between the last look and the end: only the last words of the old workers tell of these.
    await ask(nunicorn, 20)
    nunicorn.signal('SIGHUP')
    await until(async () => {
      const { workers, lastReload } = await admin.status()
      return (
        lastReload?.result === 'finished' && workers.every(({ generation }) => generation === 2)
      )
    })
    await ask(nunicorn, 5)
    const last = await admin.metrics()
    expect(served(last)).toBe(45)
    expect(last.get('shop_workers')).toBe(2)
  })
})

it('those of a worker that hangs are kept and marked as stale, and the page comes within a second', async () => {
  await using project = await createProject(apps)
  const args = ['app.mjs', ...any, '--timeout', '0']
  await using nunicorn = startNunicorn({ directory: project.directory, args })
  await nunicorn.ready(2)
  const admin = await adminOf(nunicorn)
  await ask(nunicorn, 20)
  expect(served(await admin.metrics())).toBe(20)
  const blocked = new AbortController()
  const { host, port } = await nunicorn.address()
  void fetch(`http://${host}:${port}/block`, { signal: blocked.signal }).catch(() => {})
  await until(async () => {
    const startedAt = performance.now()
    const metrics = await admin.metrics()
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(served(metrics)).toBe(20)
    return staleOnes(metrics) === 1
  })
  await until(async () => (await admin.status()).workers.some(({ state }) => state === 'suspect'))
  expect(staleOnes(await admin.metrics())).toBe(1)
  expect(await elapsed(admin)).toBeLessThan(1_000)
  blocked.abort()
})

function staleOnes(metrics: ReadonlyMap<string, number>): number {
  return [...metrics].filter(
    ([name, value]) => name.startsWith('nunicorn_worker_app_metrics_stale') && value === 1,
  ).length
}

async function elapsed(admin: AdminClient): Promise<number> {
  return (await admin.get('/metrics')).tookMs
}

it('an app without prom-client has none, and its page is as good', async () => {
  await using project = await createProject({
    'app.mjs': 'export default (_, response) => response.end()',
  })
  await using nunicorn = startNunicorn({
    directory: project.directory,
    args: ['app.mjs', ...any],
  })
  await nunicorn.ready(2)
  const metrics = await (await adminOf(nunicorn)).metrics()
  expect([...metrics.keys()].filter((name) => !name.startsWith('nunicorn_'))).toEqual([])
})
