import type { Socket } from 'node:dgram'

import type { Backlog, FleetStatus } from '@nunicorn/contract'

import { packLines } from './datagrams.ts'
import { type LineOptions, type LogCounts, type Snapshot, statsdLines } from './lines.ts'

/** Where the numbers come from: an arbiter, and the log. */
export interface StatsdSource {
  status(): FleetStatus
  backlogs(): Promise<readonly Backlog[]>
  logs(): LogCounts
}

export interface StatsdOptions extends LineOptions {
  readonly host: string
  readonly port: number
  readonly backlog: boolean
  readonly everyMs?: number
}

/**
 * Tells a StatsD server every second what has happened, and once more when it is disposed of. It is UDP: what cannot be sent
 * is lost, and hurts nobody; what was counted meanwhile is told the next time.
 */
export function startStatsd(
  source: StatsdSource,
  { host, port, backlog, everyMs = 1_000, ...options }: StatsdOptions,
): AsyncDisposable {
  // Not for an IPv6 socket that takes IPv4 too: whether there is IPv6 is for the name of the host to say.
  const socket = process
    .getBuiltinModule('node:dgram')
    .createSocket(host.includes(':') ? 'udp6' : 'udp4')
  socket.on('error', () => {})
  socket.unref()
  let told: Snapshot | undefined
  let telling: Promise<void> | undefined

  async function snapshot(): Promise<Snapshot> {
    const backlogs = backlog ? await source.backlogs().catch(() => []) : undefined
    return { status: source.status(), logs: source.logs(), ...(backlogs && { backlogs }) }
  }

  async function tell(): Promise<void> {
    const now = await snapshot()
    const datagrams = packLines(statsdLines(told, now, options))
    const sent = await Promise.all(datagrams.map((text) => send(socket, text, { host, port })))
    if (sent.some(Boolean)) told = now
  }

  /** A name server that hangs must not pile them up. */
  function tellOnce(): Promise<void> {
    return (telling ??= tell().finally(() => (telling = undefined)))
  }

  const timer = setInterval(() => void tellOnce(), everyMs).unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await Promise.race([tellOnce().then(tellOnce), lastWords()])
      socket.close()
    },
  }
}

const lastWordsMs = 500

function lastWords(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, lastWordsMs))
}

/** Whether it left this machine; with UDP nobody knows more. */
function send(
  socket: Socket,
  text: string,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<boolean> {
  return new Promise((resolve) => {
    socket.send(text, port, host, (error) => resolve(error === null || error === undefined))
  })
}
