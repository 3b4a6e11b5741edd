import type { Arbiter } from '@nunicorn/arbiter'
import type { Logger } from '@nunicorn/contract'

import type { ServiceManager } from './service-manager.ts'

/** Begins to tell the service manager how the fleet does, if there is one that wants to know. */
export async function notifyServiceManager(
  { notifySocket, notifyDescriptor, watchdogUsec }: ServiceManager,
  { arbiter, log }: { readonly arbiter: Arbiter; readonly log: Logger },
): Promise<AsyncDisposable | undefined> {
  if (notifySocket === undefined && notifyDescriptor === undefined) return undefined
  const { commandSender, descriptorSender, startNotifier } = await import('@nunicorn/systemd')
  return startNotifier({
    sender:
      notifyDescriptor === undefined
        ? commandSender(notifySocket ?? '')
        : descriptorSender(notifyDescriptor),
    fleet: arbiter,
    log,
    ...(watchdogUsec !== undefined && { watchdogUsec }),
  })
}
