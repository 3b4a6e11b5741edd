import { NunicornError } from '@nunicorn/contract'
import type { BoundListener } from '@nunicorn/sockets'

import type { ListenerPool, Listeners } from '../listeners.ts'
import type { ArbiterSettings } from '../settings.ts'
import { listenAhead } from './listen-ahead.ts'

/** Opens the sockets that settings ask for, as the workers of these settings need them. */
export interface ProgramSockets {
  /**
   * @param before the settings that are in force, if this is a reload
   * @throws NunicornError of `bindListener`; `cannot-listen`; `restart-needed`
   */
  open(settings: ArbiterSettings, before?: ArbiterSettings): Promise<Listeners>
}

/** A program takes a descriptor only when it starts, so all of them share one socket for each address. */
export function createProgramSockets(pool: ListenerPool): ProgramSockets {
  const listening = new WeakSet<BoundListener>()
  return {
    async open(settings, before) {
      const { program, backlog, workers } = settings
      if (program === undefined) return await pool.open(refuseChange(settings, before), workers)
      const shared = { ...refuseChange(settings, before), balance: 'shared' } as const
      const listeners = await pool.open(shared, workers)
      if (program.listens) return listeners
      const fresh = listeners.filter((listener) => !listening.has(listener))
      await listenAhead(fresh, backlog)
      for (const listener of fresh) listening.add(listener)
      return listeners
    },
  }
}

/** Sockets are never closed while the arbiter runs, and those of the one kind do not serve the other. */
function refuseChange(
  settings: ArbiterSettings,
  before: ArbiterSettings = settings,
): ArbiterSettings {
  if ((settings.program === undefined) === (before.program === undefined)) return settings
  throw new NunicornError({
    code: 'restart-needed',
    message: `A reload cannot change the worker class from ${before.workerClass} to ${settings.workerClass}: one runs in Node, the other is a program, and they need different sockets.`,
    hint: 'Restart nunicorn.',
  })
}
