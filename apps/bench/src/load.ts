import { ownClient } from './load/own-client.ts'
import { findWrk } from './load/wrk.ts'

/** Where requests come from: a process of its own, so that measuring does not slow down what is measured with. */
export interface LoadGenerator {
  /** What the report says about it. */
  readonly description: string
  run(load: Load, signal: AbortSignal): Promise<LoadResult>
}

export interface Load {
  readonly port: number
  readonly path: string
  readonly connections: number
  readonly seconds: number
  /** Otherwise each request has a connection of its own. */
  readonly keepAlive: boolean
}

export interface LoadResult {
  /** Complete ones. */
  readonly answers: number
  readonly perSecond: number
  /** Requests that got no or no good answer. */
  readonly failures: number
}

/** wrk if the machine has it: it takes the least from the server beside it. Nothing is installed for it. */
export async function chooseLoadGenerator(wanted: 'wrk' | 'own' | 'any'): Promise<LoadGenerator> {
  const wrk = wanted === 'own' ? undefined : await findWrk()
  if (wanted === 'wrk' && !wrk) throw new Error('There is no wrk here: apt-get install wrk')
  if (wrk) return wrk
  const why = wanted === 'own' ? 'as asked for' : 'for want of wrk (apt-get install wrk)'
  return { ...ownClient, description: `${ownClient.description}, ${why}` }
}
