import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Readiness } from '@nunicorn/contract'
import type { OwnAddress } from '@nunicorn/sockets'

import { type Acceptor, acceptorOf, type Connection } from './acceptor.ts'

export interface Probed {
  readonly pid: number
  readonly address: OwnAddress
  readonly readiness: Exclude<Readiness, 'notify'>
}

const shortestPauseMs = 50
const longestPauseMs = 200
/** A neighbour that serves one connection at a time must not wait for long for one that says nothing. */
const acceptMs = 30
const answerMs = 1_000
const lookEveryMs = 5

/**
 * Connects again and again until it is this program, not one of its neighbours on the same socket, that has accepted, and
 * answered if it was asked something. Who accepted is seen in /proc; where that does not say (another system), whoever it was
 * has to do. Resolves early when `signal` aborts.
 */
export async function untilServed(probed: Probed, signal: AbortSignal): Promise<void> {
  const acceptor = acceptorOf(probed.pid)
  for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
    if (signal.aborted || (await isServed(probed, { acceptor, signal }))) return
    await sleep(pauseMs, undefined, { signal }).catch(() => {})
  }
}

async function isServed(
  { address, readiness }: Probed,
  { acceptor, signal }: { readonly acceptor: Acceptor; readonly signal: AbortSignal },
): Promise<boolean> {
  // What it has already is looked up now: to read the table may take longer than it is waited below.
  const hasSome = acceptor.has(anyOf(address)) === true
  if (hasSome && readiness === 'connect') return true
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)])
  const socket = connect(targetOf(address))
  socket.on('error', () => {})
  try {
    await once(socket, 'connect', { signal: limit })
    const { localPort: from } = socket
    // That somebody else than the probe was accepted is as good, unless the probe is to be answered.
    const connection = { ...anyOf(address), ...(readiness !== 'connect' && from && { from }) }
    const isAccepted = (): boolean => acceptor.has(connection) !== false
    // First: once a program has closed the connection nobody can say any more whose it was.
    if (!(await within(acceptMs, isAccepted))) return false
    return readiness === 'connect' || (await answers(socket, readiness, limit))
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function anyOf(address: OwnAddress): Connection {
  return address.type === 'unix' ? { path: address.path } : { port: address.port }
}

async function within(ms: number, isSo: () => boolean): Promise<boolean> {
  for (const until = performance.now() + ms; ; await sleep(lookEveryMs)) {
    if (isSo()) return true
    if (performance.now() > until) return false
  }
}

/** Whether the answer to a GET has a status below 500. */
async function answers(socket: Socket, path: string, signal: AbortSignal): Promise<boolean> {
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: nunicorn\r\nConnection: close\r\n\r\n`,
  )
  let head = ''
  while (!head.includes('\n')) {
    const [chunk] = (await once(socket, 'data', { signal })) as [Buffer]
    head += chunk.toString('latin1')
  }
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 500)
  return status < 500
}

/** From here a wildcard address is reached by the loopback one. */
function targetOf(
  address: OwnAddress,
): { readonly path: string } | { readonly host: string; readonly port: number } {
  if (address.type === 'unix') return { path: address.path }
  const wildcards: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  return { host: wildcards[address.host] ?? address.host, port: address.port }
}
