import type { LoadResult } from '../load.ts'
import type { Conditions, Subject } from '../measurement.ts'

/** Puts load on a server for the time of a measurement. What fails goes into the report. */
export async function applyLoad(
  { entrant, server }: Subject,
  conditions: Conditions & { readonly keepAlive: boolean },
): Promise<LoadResult> {
  const { load, connections, seconds, keepAlive, signal } = conditions
  const result = await load.run({ port: server.port, connections, seconds, keepAlive }, signal)
  if (result.failures > 0)
    conditions.remark(`${entrant.name}: ${result.failures} requests failed under load`)
  return result
}
