import type { Arbiter } from '@nunicorn/arbiter'
import type { Logger } from '@nunicorn/contract'
import type { LogCounts } from '@nunicorn/metrics/statsd'
import type { NunicornSettings } from '@nunicorn/settings'

/** What is needed to look after an arbiter from outside. */
export interface Watched {
  readonly arbiter: Arbiter
  readonly settings: NunicornSettings
  readonly log: Logger
  readonly logs: () => LogCounts
}

/**
 * Starts what looks at the arbiter while it runs. Nothing of it is loaded unless its setting says so: it is most of what an
 * arbiter could weigh.
 *
 * @throws NunicornError if an address cannot be bound; then nothing goes on
 */
export async function startCompanions(watched: Watched): Promise<AsyncDisposable> {
  const started: AsyncDisposable[] = []
  try {
    for (const start of companions) started.push(...(await start(watched)))
  } catch (error) {
    await end(started)
    throw error
  }
  return { [Symbol.asyncDispose]: () => end(started) }
}

const companions: readonly ((watched: Watched) => Promise<readonly AsyncDisposable[]>)[] = [
  async function admin({ arbiter, settings: { admin: address }, log }) {
    if (address === undefined) return []
    const { startAdmin } = await import('@nunicorn/admin')
    const { pageFolder } = await import('@nunicorn/page')
    return [await startAdmin({ address, source: arbiter, log, pageFolder })]
  },
  async function statsd({ arbiter, settings, logs }) {
    const { statsdHost, statsdPrefix, dogstatsdTags, enableBacklogMetric } = settings
    if (statsdHost === undefined) return []
    const { startStatsd } = await import('@nunicorn/metrics/statsd')
    const source = {
      status: () => arbiter.status(),
      backlogs: () => arbiter.backlogs(),
      logs,
    }
    const options = { ...statsdHost, prefix: statsdPrefix, tags: dogstatsdTags }
    return [startStatsd(source, { ...options, backlog: enableBacklogMetric })]
  },
]

async function end(started: readonly AsyncDisposable[]): Promise<void> {
  for (const companion of started.toReversed()) await companion[Symbol.asyncDispose]()
}
