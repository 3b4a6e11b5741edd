import { atMost, type Check, equal } from './checks.ts'
import type { Facts } from './facts.ts'
import { descendantsOf, type Identity, identify, isAlive } from './processes.ts'
import type { Stage } from './stage.ts'
import type { Server } from './system.ts'
import { until } from './until.ts'

/** How a server has ended that a scenario ends itself. */
export interface Stopped extends Facts {
  /** Exit code or signal; `none` if it went on. */
  readonly exit: number | string
  readonly tookMs: number
  readonly survivors: number
}

/** The bar: `graceful-timeout` is 5 s. */
export const gracefulMs = 5_000

export function familyOf({ supervisor, workers }: Server): readonly Identity[] {
  const pids = supervisor === undefined ? workers() : [supervisor, ...descendantsOf(supervisor)]
  return pids.flatMap((pid) => identify(pid) ?? [])
}

/** Does what ends it, and waits for the end of all its processes. */
export async function end(
  stage: Stage,
  strike: () => void | Promise<void>,
  withinMs = gracefulMs + 8_000,
): Promise<Pick<Stopped, 'exit' | 'tookMs' | 'survivors'>> {
  const { server } = stage
  const family = familyOf(server)
  const from = performance.now()
  await strike()
  const gone = await until(() => !family.some(isAlive), { withinMs, everyMs: 5 })
  const tookMs = performance.now() - from
  return {
    exit: gone ? await server.exited : 'none',
    tookMs,
    survivors: family.filter(isAlive).length,
  }
}

export function endedWell(seen: Stopped, withinMs: number): readonly Check[] {
  return [
    atMost('ms until the end', seen.tookMs, withinMs),
    equal('the number of survivors', seen.survivors, 0),
    // Of other systems we know no documented code.
    ...(seen.log === undefined ? [] : [equal('the exit code', seen.exit, 0)]),
  ]
}
