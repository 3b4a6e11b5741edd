import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

import { startLoad } from '@nunicorn/torture'
import { expect, it } from 'vitest'

import { adminOf, rawConnection } from './support/admin.ts'
import { startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'
import { until } from './support/until.ts'

const app = `export default (_, response) => response.setHeader('connection', 'close').end('ok')`
const any = ['app.mjs', '-w', '2', '-b', '127.0.0.1:0']

it('a StatsD server gets the requests, the workers, the queues and the warnings, with prefix and tags', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  try {
    const lines: string[] = []
    socket.on('message', (datagram) => void lines.push(...datagram.toString().split('\n')))
    await using project = await createProject({ 'app.mjs': app })
    const statsd = [
      '--statsd-host',
      `127.0.0.1:${socket.address().port}`,
      '--enable-backlog-metric',
    ]
    const words = ['--statsd-prefix', 'shop', '--dogstatsd-tags', 'env:test']
    const args = [...any, ...statsd, ...words]
    await using nunicorn = startNunicorn({ directory: project.directory, args })
    await nunicorn.ready(2)
    const { host, port } = await nunicorn.address()
    for (let count = 0; count < 20; count += 1) await (await fetch(`http://${host}:${port}`)).text()
    nunicorn.signal('SIGUSR2')
    const total = (name: string): number =>
      lines
        .map((line) => new RegExp(`^shop\\.gunicorn\\.${name}:(\\d+)\\|c\\|#env:test$`).exec(line))
        .reduce((sum, match) => sum + Number(match?.[1] ?? 0), 0)
    await until(() => total('requests') === 20)
    await until(() => lines.includes('shop.gunicorn.workers:2|g|#env:test'))
    await until(() => lines.includes('shop.gunicorn.backlog:0|h|#env:test'))
    await until(() => total('log\\.warning') > 0)
  } finally {
    socket.close()
  }
})

it('every answer is counted, those between the last beat of a worker and its end too', async () => {
  await using project = await createProject({ 'app.mjs': app })
  const options = ['--admin', '127.0.0.1:0', '--soak', '0']
  await using nunicorn = startNunicorn({
    directory: project.directory,
    args: [...any, ...options],
  })
  await nunicorn.ready(2)
  const admin = await adminOf(nunicorn)
  const target = await nunicorn.address()
  let answers = 0
  for (let round = 1; round <= 3; round += 1) {
    await using load = startLoad({ target, clients: [{ kind: 'keep-alive', concurrency: 4 }] })
    await load.until(({ ok }) => ok >= 300)
    nunicorn.signal('SIGHUP')
    await nunicorn.log.waitFor(/Reloaded: all workers are of generation/, { count: round })
    const report = await load.stop()
    expect(report.failed).toBe(0)
    answers += report.requests
  }
  await until(
    async () => (await admin.metrics()).get('nunicorn_responses_total{code="2xx"}') === answers,
  )
})

it('does not make the arbiter larger, however often it is asked', async () => {
  await using project = await createProject({ 'app.mjs': app })
  const args = [...any, '--admin', '127.0.0.1:0']
  await using nunicorn = startNunicorn({ directory: project.directory, args })
  await nunicorn.ready(2)
  const admin = await adminOf(nunicorn)
  const megabytes = (): number =>
    Number(/^Pss: +(\d+)/m.exec(readFileSync(`/proc/${nunicorn.pid}/smaps_rollup`, 'utf8'))?.[1]) /
    1_024
  const scrape = async (times: number): Promise<void> => {
    for (let count = 0; count < times; count += 1) await admin.metrics()
  }
  await scrape(20)
  const before = megabytes()
  await scrape(400)
  expect(megabytes() - before).toBeLessThan(25)
})

it.for(['slots', 'shared'])(
  'connections that wait for a worker are counted where they wait, with --balance %s',
  async (balance) => {
    await using project = await createProject({ 'app.mjs': app })
    const args = ['app.mjs', '-w', '1', '-b', '127.0.0.1:0', '--admin', '127.0.0.1:0']
    const options = ['--balance', balance, '--timeout', '0']
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: [...args, ...options],
    })
    await nunicorn.ready(1)
    const admin = await adminOf(nunicorn)
    const { host, port } = await nunicorn.address()
    const [worker = 0] = nunicorn.workers()
    const labels = `{listener="http://${host}:${port}",slot="${balance === 'slots' ? 1 : 'all'}"}`
    const waiting = async (): Promise<number | undefined> =>
      (await admin.metrics()).get(`nunicorn_backlog_connections${labels}`)
    expect(await waiting()).toBe(0)
    process.kill(worker, 'SIGSTOP')
    const clients = await Promise.all([1, 2, 3].map(() => rawConnection({ host, port })))
    try {
      await until(async () => (await waiting()) === 3)
      process.kill(worker, 'SIGCONT')
      await until(async () => (await waiting()) === 0)
    } finally {
      for (const client of clients) client.destroy()
    }
  },
)

it('a StatsD server behind a Unix socket is refused, with the reason and the mend', async () => {
  await using project = await createProject({ 'app.mjs': app })
  const args = [...any, '--statsd-host', 'unix:/run/statsd.sock']
  await using nunicorn = startNunicorn({ directory: project.directory, args })
  expect(await nunicorn.exited).toBe(2)
  await nunicorn.log.waitFor(/Node has no Unix datagram sockets\. Let StatsD listen on UDP/)
})

it.for(['text/plain', 'application/openmetrics-text'])(
  "Prometheus' own check finds nothing to complain of in a real page of %s",
  async (accept, { skip }) => {
    if (spawnSync('promtool', ['--version']).error)
      return skip('promtool is not installed (apt-get install prometheus)')
    await using project = await createProject({ 'app.mjs': app })
    const args = [...any, '--admin', '127.0.0.1:0']
    await using nunicorn = startNunicorn({ directory: project.directory, args })
    await nunicorn.ready(2)
    const { body } = await (await adminOf(nunicorn)).get('/metrics', { accept })
    // promtool reads the classic format, in which the last line of OpenMetrics is a comment.
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: body,
      encoding: 'utf8',
    })
    if (accept === 'text/plain') expect(stderr).toBe('')
    if (accept === 'text/plain') expect(status).toBe(0)
    else expect(stderr).not.toMatch(/error while linting|parse error/i)
  },
)

it('a real Prometheus scrapes it', async ({ skip }) => {
  if (spawnSync('prometheus', ['--version']).error)
    return skip('prometheus is not installed (apt-get install prometheus)')
  await using project = await createProject({ 'app.mjs': app })
  const args = [...any, '--admin', '127.0.0.1:0']
  await using nunicorn = startNunicorn({ directory: project.directory, args })
  await nunicorn.ready(2)
  const { place } = await adminOf(nunicorn)
  const target = 'port' in place ? `127.0.0.1:${place.port}` : ''
  await project.write(
    'prometheus.yml',
    `scrape_configs: [{ job_name: nunicorn, scrape_interval: 1s, static_configs: [{ targets: ['${target}'] }] }]\n`,
  )
  const prometheus = spawn(
    'prometheus',
    [
      `--config.file=${project.path('prometheus.yml')}`,
      `--storage.tsdb.path=${project.path('data')}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const exited = once(prometheus, 'exit')
  try {
    const lines: string[] = []
    createInterface({ input: prometheus.stderr }).on('line', (line) => void lines.push(line))
    const listening = /Listening on.*address="?127\.0\.0\.1:([1-9]\d*)/
    const port = await until(() => lines.map((line) => listening.exec(line)?.[1]).find(Boolean))
    const ask = async (query: string): Promise<string | undefined> => {
      const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`
      const response = await fetch(url)
      // It says 503 while it starts.
      if (!response.ok) return void (await response.text())
      const answer = (await response.json()) as {
        readonly data?: {
          readonly result: readonly { readonly value: readonly [number, string] }[]
        }
      }
      return answer.data?.result[0]?.value[1]
    }
    await until(async () => (await ask('nunicorn_workers{state="ready"}')) === '2')
    expect(await ask('up{job="nunicorn"}')).toBe('1')
    expect(await ask('count(nunicorn_worker_stale == 0)')).toBe('2')
    expect(await ask('nunicorn_request_duration_seconds_bucket{le="+Inf"}')).toBeDefined()
    expect(await ask('count(nunicorn_backlog_connections)')).toBe('2')
  } finally {
    prometheus.kill('SIGTERM')
    await exited
  }
})
