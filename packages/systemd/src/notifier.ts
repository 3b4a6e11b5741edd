import type { EventRecord, FleetStatus, Logger } from '@nunicorn/contract'

import { announce, nothingSaid, type Said } from './announce.ts'
import type { Sender } from './sender.ts'

export interface NotifierOptions {
  readonly sender: Sender
  /** What is told of; the arbiter. */
  readonly fleet: Fleet
  readonly log: Logger
  /** WATCHDOG_USEC; undefined where no signs of life are wanted. */
  readonly watchdogUsec?: number
  readonly clock?: NotifierClock
}

export interface Fleet {
  status(): FleetStatus
  readonly events: {
    subscribe(listener: (event: EventRecord) => void): () => void
  }
}

/** The clock of the service manager, and a way to be called every so often. */
export interface NotifierClock {
  /** CLOCK_MONOTONIC in microseconds. */
  nowUsec(): number
  /** @returns a function that ends it */
  every(intervalMs: number, callback: () => void): () => void
}

/** Tells the service manager how the fleet does. */
export interface Notifier extends AsyncDisposable {
  /** Says what is still to be said, and falls silent. Idempotent. */
  close(): Promise<void>
}

/** Often enough for the numbers and for a wish for more time. */
const lookEveryMs = 1_000
/** What a manager that does not read may cost a process that ends. */
const lastWordsMs = 1_000

/**
 * Begins at once. That a message cannot be sent is said once and changes nothing else: the service is there for its
 * clients.
 */
export function startNotifier({
  sender,
  fleet,
  log,
  watchdogUsec,
  clock = systemClock,
}: NotifierOptions): Notifier {
  const queue: (readonly string[])[] = []
  let said: Said = nothingSaid
  let failure: string | undefined
  let sending: Promise<void> | undefined
  let complained = false

  function look(): void {
    const { said: now, message } = announce(said, {
      status: fleet.status(),
      nowUsec: clock.nowUsec(),
      ...(watchdogUsec !== undefined && { watchdogUsec }),
      ...(failure !== undefined && { failure }),
    })
    said = now
    if (message.length === 0) return
    queue.push(message)
    sending ??= sendAll().finally(() => (sending = undefined))
  }

  /** One after the other: their order is their meaning. */
  async function sendAll(): Promise<void> {
    for (let message = queue.shift(); message !== undefined; message = queue.shift())
      await sender.send(message).catch(complain)
  }

  function complain(error: unknown): void {
    if (complained) return
    complained = true
    log.warning(
      `The service manager cannot be told how the service does (by ${sender.way}): ${error instanceof Error ? error.message : String(error)}. ` +
        'The service goes on; for systemd 253 or later put OpenFile=/run/systemd/notify:notify into its unit, else install systemd-notify',
    )
  }

  const unsubscribe = fleet.events.subscribe((event) => {
    if (event.type === 'first-boot-failed') failure = event.message
    look()
  })
  // What is not urgent waits while the manager does not read, so that nothing piles up.
  const stopLooking = clock.every(Math.min(lookEveryMs, (watchdogUsec ?? Infinity) / 6_000), () => {
    if (sending === undefined) look()
  })
  look()

  let closing: Promise<void> | undefined
  async function closeNow(): Promise<void> {
    unsubscribe()
    stopLooking()
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, lastWordsMs)
    await Promise.race([sending, late])
    clearTimeout(timer)
  }
  const close = (): Promise<void> => (closing ??= closeNow())
  return { close, [Symbol.asyncDispose]: close }
}

const systemClock: NotifierClock = {
  // libuv reads CLOCK_MONOTONIC for it.
  nowUsec: () => Number(process.hrtime.bigint() / 1_000n),
  every(intervalMs, callback) {
    const timer = setInterval(callback, intervalMs)
    return () => clearInterval(timer)
  },
}
