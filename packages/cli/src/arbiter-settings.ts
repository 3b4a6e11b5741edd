import { availableParallelism } from 'node:os'

import type { ArbiterSettings } from '@nunicorn/arbiter'
import type { NunicornSettings } from '@nunicorn/settings'
import { classAlias } from '@nunicorn/worker/classes'

/** What the machine adds to the settings: how many workers `auto` is, and where we are. */
export function toArbiterSettings(settings: NunicornSettings, directory: string): ArbiterSettings {
  const { workers, name, app } = settings
  return {
    ...settings,
    // libuv asks for the affinity mask and the cgroup's CPU quota, and never says less than one.
    workers: workers === 'auto' ? availableParallelism() : workers,
    name: name ?? app,
    workerClass: classAlias(settings.workerClass),
    directory,
  }
}
