import type { WorkerStatus } from '@nunicorn/contract'
import fc from 'fast-check'
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client'
import { describe, expect, it } from 'vitest'

import { createAppMetrics } from '../src/app-metrics.ts'
import { renderFamilies } from '../src/index.ts'
import { worker } from './fleet.ts'
import { samplesOf } from './samples.ts'

/** An app with metrics of its own, as it is in one worker. */
interface App {
  readonly register: Registry
  readonly orders: Counter
  readonly queue: Gauge
  readonly took: Histogram
}

function createApp(): App {
  const register = new Registry()
  const registers = [register]
  return {
    register,
    orders: new Counter({ name: 'orders_total', help: 'Orders.', labelNames: ['kind'], registers }),
    queue: new Gauge({ name: 'queue_length', help: 'Waiting.', registers }),
    took: new Histogram({ name: 'order_seconds', help: 'Time.', buckets: [1, 2], registers }),
  }
}

/** Workers with their apps, whose answers cross a process boundary. */
function createScene(): {
  readonly workers: WorkerStatus[]
  start(more?: Partial<WorkerStatus>): { readonly status: WorkerStatus; readonly app: App }
  end(pid: number): void
  /** Those that do not answer. */
  readonly deaf: Set<number>
  heard(pid: number): Promise<void>
  collect(): Promise<ReadonlyMap<string, number>>
  page(): ReturnType<ReturnType<typeof createAppMetrics>['collect']>
} {
  const apps = new Map<number, App>()
  const deaf = new Set<number>()
  const workers: WorkerStatus[] = []
  let lastPid = 0
  const say = async (pid: number): Promise<unknown> =>
    JSON.parse(JSON.stringify(await apps.get(pid)?.register.getMetricsAsJSON()))
  const metrics = createAppMetrics(async (pid) => {
    if (deaf.has(pid) || !apps.has(pid)) throw new Error('no answer')
    return await say(pid)
  })
  const page = () => metrics.collect([...workers])
  return {
    workers,
    deaf,
    page,
    start(more) {
      const app = createApp()
      lastPid += 1
      const status = worker(1, { pid: lastPid, ...more })
      apps.set(status.pid, app)
      workers.push(status)
      return { status, app }
    },
    end(pid) {
      apps.delete(pid)
      workers.splice(
        workers.findIndex((status) => status.pid === pid),
        1,
      )
    },
    async heard(pid) {
      metrics.heard(pid, await say(pid))
    },
    collect: async () => samplesOf(await renderFamilies((await page()).families, 'prometheus')),
  }
}

describe("the app's own metrics", () => {
  it("are added up over the workers, by prom-client's rules", async () => {
    const scene = createScene()
    const [one, two] = [scene.start(), scene.start()]
    one.app.orders.inc({ kind: 'a' }, 2)
    two.app.orders.inc({ kind: 'a' }, 3)
    two.app.orders.inc({ kind: 'b' })
    one.app.queue.set(4)
    two.app.queue.set(1)
    one.app.took.observe(0.5)
    two.app.took.observe(1.5)
    for (const { app } of [one, two])
      new Gauge({ name: 'top', help: '-', aggregator: 'max', registers: [app.register] }).set(
        app === one.app ? 9 : 1,
      )
    const page = await scene.collect()
    expect(page.get('orders_total{kind="a"}')).toBe(5)
    expect(page.get('orders_total{kind="b"}')).toBe(1)
    expect(page.get('queue_length')).toBe(5)
    expect(page.get('order_seconds_bucket{le="1"}')).toBe(1)
    expect(page.get('order_seconds_bucket{le="+Inf"}')).toBe(2)
    expect(page.get('order_seconds_sum')).toBe(2)
    expect(page.get('top')).toBe(9)
  })

  it('keep what dead workers counted, and forget their gauges', async () => {
    const scene = createScene()
    const { status, app } = scene.start()
    new Summary({ name: 'size', help: '-', registers: [app.register] }).observe(3)
    app.orders.inc({ kind: 'a' }, 2)
    app.queue.set(4)
    app.took.observe(0.5)
    await scene.collect()
    scene.end(status.pid)
    scene.start().app.orders.inc({ kind: 'a' }, 1)
    const page = await scene.collect()
    expect(page.get('orders_total{kind="a"}')).toBe(3)
    expect(page.get('queue_length')).toBe(0)
    expect(page.get('order_seconds_count')).toBe(1)
    expect(page.get('size_count')).toBe(1)
    expect([...page.keys()].filter((key) => key.includes('quantile'))).toEqual([])
  })

  it('have the last words of a worker that ends, too', async () => {
    const scene = createScene()
    const { status, app } = scene.start()
    app.orders.inc({ kind: 'a' }, 2)
    await scene.collect()
    app.orders.inc({ kind: 'a' }, 5)
    await scene.heard(status.pid)
    scene.end(status.pid)
    expect((await scene.collect()).get('orders_total{kind="a"}')).toBe(7)
  })

  it('of a worker that does not answer are kept and marked as stale', async () => {
    const scene = createScene()
    const { status, app } = scene.start()
    app.queue.set(4)
    await scene.collect()
    scene.deaf.add(status.pid)
    app.queue.set(5)
    const page = await scene.page()
    expect([...page.stale.values()]).toEqual([true])
    expect(page.families.find(({ name }) => name === 'queue_length')?.values).toEqual([
      { labels: {}, value: 4 },
    ])
    scene.deaf.clear()
    expect([...(await scene.page()).stale.values()]).toEqual([false])
  })

  it('are not asked of a worker that is known to hang', async () => {
    const asked: number[] = []
    const metrics = createAppMetrics(async (pid) => void asked.push(pid))
    await metrics.collect([
      worker(1, { state: 'suspect' }),
      worker(2),
      worker(3, { state: 'booting' }),
    ])
    expect(asked).toEqual([102])
  })

  it('cannot take names that are ours, or be malformed', async () => {
    const good = { name: 'good', help: 1, type: 'gauge', values: [{ value: 1, labels: {} }] }
    const said = [
      good,
      { ...good, name: 'nunicorn_requests_total' },
      { ...good, name: 'no good' },
      { ...good, name: 'a', type: 'nonsense' },
      { ...good, name: 'b', aggregator: 'nonsense' },
      { ...good, name: 'c', values: 'none' },
      { ...good, name: 'd', values: [{ value: 1, labels: { 'a="b"} 1\n': 1 } }] },
      { ...good, name: 'e', values: [{ value: null, labels: {} }] },
      { ...good, name: 'f', values: [{ value: 1, labels: {}, metricName: 'nunicorn_f' }] },
      { ...good, name: 'g', values: [null] },
      null,
      'text',
    ]
    const metrics = createAppMetrics(async () => said)
    const page = await metrics.collect([worker(1)])
    expect(page.families.map(({ name }) => name)).toEqual(['good'])
    expect(page.skipped).toBe(said.length - 1)
  })

  it('may be no numbers in the sense of JSON', async () => {
    const values = ['NaN', 'Infinity', '-Infinity'].map((value, kind) => ({
      value,
      labels: { kind },
    }))
    const metrics = createAppMetrics(async () => [{ name: 'odd', type: 'gauge', help: '', values }])
    const { families } = await metrics.collect([worker(1)])
    expect(await renderFamilies(families, 'prometheus')).toContain(
      'odd{kind="0"} Nan\nodd{kind="1"} +Inf\nodd{kind="2"} -Inf',
    )
  })

  it('are of the newest code where a reload has changed the type of one', async () => {
    const metric = (type: string): object => ({
      name: 'changed',
      type,
      help: type,
      values: [{ value: 1, labels: {} }],
    })
    const metrics = createAppMetrics(async (pid) => [metric(pid === 101 ? 'gauge' : 'counter')])
    const { families } = await metrics.collect([worker(1), worker(2, { generation: 2 })])
    expect(families).toMatchObject([{ type: 'counter', values: [{ value: 1 }] }])
  })

  it('never fall, whoever dies, hangs and starts in between', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('start' as const) }),
      fc.record({
        do: fc.constantFrom('count', 'end', 'say-last-and-end', 'deafen', 'heal'),
        of: fc.nat(3),
      }),
      fc.record({ do: fc.constant('collect' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const scene = createScene()
        const apps = new Map<number, App>()
        let before: ReadonlyMap<string, number> = new Map()
        for (const what of [...steps, { do: 'collect' as const }]) {
          const status = 'of' in what ? scene.workers[what.of] : undefined
          if (what.do === 'start') {
            const started = scene.start()
            apps.set(started.status.pid, started.app)
          } else if (what.do === 'collect') {
            const page = await scene.collect()
            for (const [name, value] of before)
              if (/total|bucket|count|sum/.test(name))
                expect(page.get(name), name).toBeGreaterThanOrEqual(value)
            before = page
          } else if (status) {
            if (what.do === 'count') {
              apps.get(status.pid)?.orders.inc({ kind: `${status.pid % 2}` })
              apps.get(status.pid)?.took.observe(status.pid % 3)
            }
            if (what.do === 'say-last-and-end') await scene.heard(status.pid)
            if (what.do.endsWith('end')) scene.end(status.pid)
            if (what.do === 'deafen') scene.deaf.add(status.pid)
            if (what.do === 'heal') scene.deaf.delete(status.pid)
          }
        }
      }),
    )
  })
})
