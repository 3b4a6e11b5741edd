import type { Backlog, FleetStatus, Question } from '@nunicorn/contract'

import { type AppPage, createAppMetrics } from './app-metrics.ts'
import { counter, type Family, gauge, one } from './family.ts'
import { fleetFamilies } from './fleet-families.ts'
import { type Format, renderFamilies } from './render.ts'
import { byPlace } from './worker-families.ts'

/** Where metrics come from: an arbiter has all of it. */
export interface MetricsSource {
  status(): FleetStatus
  backlogs(): Promise<readonly Backlog[]>
  ask(pid: number, question: Question, timeoutMs: number): Promise<unknown>
  /** Calls back with what a worker that ends has to say of its app's metrics. @returns a function that ends it */
  onLastMetrics(listener: (pid: number, metrics: unknown) => void): () => void
}

export interface MetricsPage extends Disposable {
  /** All metrics as of now: nunicorn's, then the app's. Takes no longer than a worker may take to say what its app has. */
  render(format: Format): Promise<string>
}

/** So long is a worker waited for, so that a page comes within a second while one hangs. */
const patienceMs = 500

export function createMetricsPage(source: MetricsSource): MetricsPage {
  const app = createAppMetrics((pid) => source.ask(pid, { type: 'app-metrics' }, patienceMs))
  const unsubscribe = source.onLastMetrics((pid, said) => app.heard(pid, said))
  /** Who asks while one is made gets the same: to make it takes milliseconds, in which the arbiter does nothing else. */
  const beingMade = new Map<Format, Promise<string>>()

  async function make(format: Format): Promise<string> {
    const [backlogs, its] = await Promise.all([
      source.backlogs().catch(() => []),
      app.collect(source.status().workers),
    ])
    const families = [
      ...fleetFamilies(source.status(), { backlogs }),
      ...arbiterFamilies(),
      ...aboutApp(its),
      ...its.families,
    ]
    return await renderFamilies(families, format)
  }

  return {
    render(format) {
      const page =
        beingMade.get(format) ?? make(format).finally(() => void beingMade.delete(format))
      beingMade.set(format, page)
      return page
    },
    [Symbol.dispose]: unsubscribe,
  }
}

/** Of this process. */
function arbiterFamilies(): readonly Family[] {
  const { user, system } = process.cpuUsage()
  return [
    gauge({ name: 'nunicorn_arbiter_resident_memory_bytes', help: 'Resident set size.' }, [
      one(process.memoryUsage.rss()),
    ]),
    counter({ name: 'nunicorn_arbiter_cpu_seconds_total', help: 'CPU time used by the arbiter.' }, [
      one((user + system) / 1e6),
    ]),
  ]
}

function aboutApp({ stale, skipped }: AppPage): readonly Family[] {
  return [
    gauge(
      {
        name: 'nunicorn_worker_app_metrics_stale',
        help: "1 for a worker that did not say what its app's metrics are: its last answer stands.",
      },
      byPlace(stale.keys()).map(({ labels, workers }) =>
        one(Number(workers.some((worker) => stale.get(worker))), labels),
      ),
    ),
    gauge(
      {
        name: 'nunicorn_app_metrics_skipped',
        help: "Metrics of the app that are not shown: their names are nunicorn's, or they are malformed.",
      },
      [one(skipped)],
    ),
  ]
}
