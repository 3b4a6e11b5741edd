import type { Conditions, Subject } from '../measurement.ts'

/** Warms the server up, then counts answers per second. */
export async function throughput(
  { entrant, server }: Subject,
  { keepAlive, ...conditions }: Conditions & { readonly keepAlive: boolean },
): Promise<number> {
  const { connections, seconds, warmUpSeconds, signal } = conditions
  const load = { port: server.port, connections, keepAlive }
  if (warmUpSeconds > 0) await conditions.load.run({ ...load, seconds: warmUpSeconds }, signal)
  const { perSecond, failures } = await conditions.load.run({ ...load, seconds }, signal)
  if (failures > 0) conditions.remark(`${entrant.name}: ${failures} requests failed under load`)
  return perSecond
}
