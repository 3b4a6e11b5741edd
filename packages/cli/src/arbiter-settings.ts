import { availableParallelism } from 'node:os'

import type { ArbiterSettings } from '@nunicorn/arbiter'
import type { AccessLogOrder } from '@nunicorn/contract'
import type { NunicornSettings } from '@nunicorn/settings'
import { classAlias } from '@nunicorn/worker/classes'

/** What the machine adds to the settings: how many workers `auto` is, where we are, and which sockets we were passed. */
export function toArbiterSettings(
  settings: NunicornSettings,
  { directory, bind }: Pick<ArbiterSettings, 'directory' | 'bind'>,
): ArbiterSettings {
  const { workers, name, app } = settings
  const accessLog = accessLogOf(settings)
  return {
    ...settings,
    // libuv asks for the affinity mask and the cgroup's CPU quota, and never says less than one.
    workers: workers === 'auto' ? availableParallelism() : workers,
    name: name ?? app,
    workerClass: classAlias(settings.workerClass),
    directory,
    bind,
    ...(accessLog && { accessLog }),
  }
}

function accessLogOf(settings: NunicornSettings): AccessLogOrder | undefined {
  const { accessLogfile: file, accessLogformat: format, requestIdHeader: header } = settings
  if (file === undefined) return undefined
  const requestIdHeader = header === 'none' ? {} : { requestIdHeader: header }
  return { file, format, trusted: settings.forwardedAllowIps, ...requestIdHeader }
}
