import { formatAddress } from '@nunicorn/sockets'

import type { ProgramPlace } from '../ports.ts'

/** systemd's SD_LISTEN_FDS_START. */
const firstListenFd = 3

/** Where a program finds what it inherits. */
export interface Descriptors {
  readonly listen: readonly number[]
  readonly notify: number
  readonly stack: number
}

export function descriptorsOf({ listeners }: Pick<ProgramPlace, 'listeners'>): Descriptors {
  const listen = listeners.map((_, index) => firstListenFd + index)
  const notify = firstListenFd + listen.length
  return { listen, notify, stack: notify + 1 }
}

/** What systemd would say to nunicorn itself: a program must not take it for its own. */
const notForPrograms = [
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'WATCHDOG_PID',
  'LISTEN_PID',
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
]

/** LISTEN_PID is added by the process itself: nobody else can know it before. */
export function environmentOf({
  inherited,
  place: { program, listeners, order },
  descriptors: { listen, notify, stack },
}: {
  readonly inherited: Readonly<Record<string, string | undefined>>
  readonly place: ProgramPlace
  readonly descriptors: Descriptors
}): Record<string, string | undefined> {
  const kept = Object.entries(inherited).filter(([name]) => !notForPrograms.includes(name))
  return {
    ...Object.fromEntries(kept),
    ...program.env,
    LISTEN_FDS: String(listen.length),
    LISTEN_FDNAMES: listeners
      .map(({ address }) => formatAddress(address).replaceAll(':', '_'))
      .join(':'),
    NUNICORN_NOTIFY_FD: String(notify),
    NUNICORN_STACK_FD: String(stack),
    NUNICORN_BEAT_MS: String(order.beatMs),
    NUNICORN_GRACEFUL_MS: String(order.settings.gracefulTimeoutMs),
  }
}

/** Puts the numbers where the arguments ask for them. */
export function argumentsOf(
  { program, order }: ProgramPlace,
  { listen }: Descriptors,
): readonly string[] {
  const numbers: Readonly<Record<string, string>> = {
    fd: String(listen[0] ?? ''),
    fds: listen.join(','),
    worker: String(order.number),
  }
  return program.command.map((word) =>
    word.replaceAll(/\{(fds?|worker)\}/g, (_, name: string) => numbers[name] ?? ''),
  )
}
