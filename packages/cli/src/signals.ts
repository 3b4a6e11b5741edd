import { constants } from 'node:os'

import type { Arbiter } from '@nunicorn/arbiter'
import type { Logger } from '@nunicorn/contract'

/** Gunicorn's signals, given to the arbiter. */
export function obeySignals(arbiter: Arbiter, log: Logger): void {
  const { SIGTERM, SIGINT, SIGQUIT } = constants.signals
  process.on('SIGTERM', () => arbiter.stop({ how: 'graceful', signalNumber: SIGTERM }))
  process.on('SIGINT', () => arbiter.stop({ how: 'quick', signalNumber: SIGINT }))
  process.on('SIGQUIT', () => arbiter.stop({ how: 'quick', signalNumber: SIGQUIT }))
  process.on('SIGHUP', () => arbiter.reload())
  process.on('SIGTTIN', () => arbiter.scale(1))
  process.on('SIGTTOU', () => arbiter.scale(-1))
  process.on('SIGUSR1', () => arbiter.reopenLogs())
  // Their default is to end the process (signal(7)); a stray one must not end a service.
  process.on('SIGUSR2', () =>
    log.warning('USR2: upgrading in place is not there yet; use HUP for new code'),
  )
  process.on('SIGALRM', () => {})
}
