import type { LoadResult } from '../load.ts'
import type { Conditions, Subject } from '../measurement.ts'

export interface LoadShape {
  /** Otherwise each request has a connection of its own. */
  readonly keepAlive?: boolean
  readonly path?: string
  readonly connections?: number
}

/** Puts load on a server for the time of a measurement. What fails goes into the report. */
export async function applyLoad(
  { entrant, server: { port } }: Subject,
  conditions: Conditions,
  { keepAlive = true, path = '/', connections = conditions.connections }: LoadShape = {},
): Promise<LoadResult> {
  const { load, seconds, signal, remark } = conditions
  const result = await load.run({ port, path, connections, seconds, keepAlive }, signal)
  if (result.failures > 0) remark(`${entrant.name}: ${result.failures} requests failed under load`)
  return result
}
