import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'

/** What of a prom-client is used; the app's own copy is whichever version it has installed. */
interface PromClient {
  readonly register: { getMetricsAsJSON(): Promise<readonly unknown[]> }
}

/** The metrics of the app. */
export interface AppMetrics {
  /** What it has registered with prom-client, as `getMetricsAsJSON` says it; null if it has not loaded it. */
  read(): Promise<readonly unknown[] | null>
  /** The same once more at the end, if anybody has ever wanted to know; an app that takes its time then is not waited for. */
  last(): Promise<readonly unknown[] | undefined>
}

const patienceMs = 200

export function appMetrics(): AppMetrics {
  let wanted = false
  return {
    read() {
      wanted = true
      return readMetrics()
    },
    async last() {
      if (!wanted) return undefined
      const tooLate = sleep(patienceMs, undefined, { ref: false })
      const metrics = await Promise.race([readMetrics().catch(() => undefined), tooLate])
      return metrics ?? undefined
    },
  }
}

/**
 * prom-client is CommonJS, so every copy of it is in the cache of modules, whether it was required or imported. Its cluster
 * mode has an `AggregatorRegistry` of its own, which needs node:cluster.
 */
async function readMetrics(): Promise<readonly unknown[] | null> {
  const registries = new Set(loadedClients().map(({ register }) => register))
  if (registries.size === 0) return null
  const answers = await Promise.all([...registries].map((register) => register.getMetricsAsJSON()))
  return answers.flat().map(withTellableValues)
}

function loadedClients(): readonly PromClient[] {
  const { cache } = createRequire(import.meta.url)
  return Object.keys(cache)
    .filter((file) => /[\\/]prom-client[\\/]index\.js$/.test(file))
    .map((file) => cache[file]?.exports as unknown)
    .filter(isPromClient)
}

function isPromClient(value: unknown): value is PromClient {
  return (
    isRecord(value) &&
    isRecord(value['register']) &&
    typeof value['register']['getMetricsAsJSON'] === 'function'
  )
}

/** JSON has null for NaN and for the infinities, which a gauge may well be. */
function withTellableValues(metric: unknown): unknown {
  if (!isRecord(metric) || !Array.isArray(metric['values'])) return metric
  return { ...metric, values: metric['values'].map(tellable) }
}

function tellable(sample: unknown): unknown {
  if (!isRecord(sample)) return sample
  const { value, labels, metricName } = sample
  return {
    labels,
    value: Number.isFinite(value) ? value : String(value),
    ...(metricName !== undefined && { metricName }),
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
