import type { Stage } from '../stage.ts'
import { until } from '../until.ts'
import { holderOf } from './kill.ts'

/** Asks what never returns, and resolves with the pid of the worker that has it. */
export async function block(stage: Stage, path: string): Promise<number> {
  const connection = await stage.hold(path)
  let victim: number | undefined
  await until(async () => {
    victim = await holderOf(stage.server, connection.localPort ?? 0)
    return victim !== undefined
  })
  return victim ?? 0
}
