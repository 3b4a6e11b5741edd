import { type LeveledLogger, type LogFields, reportError } from '@nunicorn/contract'
import { createLogger, type LogRecord, prettyFormat } from '@nunicorn/logger'

import type { Channel } from './channel.ts'

export interface ChannelLogOptions {
  readonly channel: Pick<Channel, 'send' | 'onClose'>
  readonly pid: number
  /** Where lines go once there is no arbiter. */
  readonly writeAlone: (line: string) => unknown
}

/** The log of a worker: the arbiter writes it, so that there is one format, one file and one order. */
export interface ChannelLog {
  readonly logger: LeveledLogger
  /** Resolves once everything has left the process. */
  flush(): Promise<void>
}

/** How many entries may wait for an arbiter that is busy, or stopped. */
const mostWaiting = 1_000

/**
 * To be made before anybody else listens for the end of the channel: what they say then goes to stderr already. Until an
 * order to boot has come, the level is that of the default.
 */
export function channelLog({ channel, pid, writeAlone }: ChannelLogOptions): ChannelLog {
  const line = prettyFormat()
  let alone = false
  let waiting = 0
  let lost = 0
  let last = Promise.resolve()

  channel.onClose(() => void (alone = true))

  function write(record: LogRecord): void {
    if (alone) writeAlone(line(record))
    else if (waiting < mostWaiting) last = post(record)
    else lost += 1
  }

  async function post({ level, message, fields }: LogRecord): Promise<void> {
    waiting += 1
    const entry = { type: 'log', level, message } as const
    // What JSON cannot say, such as an object that contains itself, is worth less than the message.
    await channel.send({ ...entry, ...plain(fields) }).catch(() => channel.send(entry))
    waiting -= 1
    if (lost === 0 || waiting > mostWaiting / 2) return
    const missing = lost
    lost = 0
    logger.warning(`The arbiter took no more: ${missing} log entries of this worker were lost`)
  }

  const logger = createLogger({ level: 'info', pid, write })
  return { logger, flush: () => last }
}

/** Errors are empty objects in JSON. */
function plain(fields: LogFields): { readonly fields?: LogFields } {
  const entries = Object.entries(fields)
  if (entries.length === 0) return {}
  return {
    fields: Object.fromEntries(
      entries.map(([name, value]) => [name, value instanceof Error ? reportError(value) : value]),
    ),
  }
}
