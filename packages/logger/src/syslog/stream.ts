import { connect, type Socket } from 'node:net'

import type { SyslogAddress } from './address.ts'
import type { SenderEvents, SyslogSender } from './sender.ts'

/** How much may wait for a server that is away or slow. */
const mostBytes = 1024 * 1024
const firstPauseMs = 100
const longestPauseMs = 30_000

/**
 * RFC 6587, octet counting: messages may have line breaks in them, as stacks do. Over TCP or a Unix socket of streams. While
 * the server is away it is tried again with growing pauses, and what still fits into memory is kept for it.
 */
export function streamSender(
  address: Exclude<SyslogAddress, { transport: 'udp' }>,
  { onTrouble, onMended }: SenderEvents,
): SyslogSender {
  /** What the kernel has not taken yet; of these the first `inFlight` have been given to the socket. */
  const queue: Buffer[] = []
  let queuedBytes = 0
  let inFlight = 0
  let lost = 0
  let troubled = false
  let pauseMs = firstPauseMs
  let socket: Socket | undefined
  let retry: NodeJS.Timeout | undefined
  let closed = false
  let flushed = (): void => {}

  open()

  function open(): void {
    const opened = connect(
      address.transport === 'unix' ? { path: address.path } : { ...address, keepAlive: true },
    )
    opened.unref()
    opened.on('connect', () => {
      socket = opened
      mended()
      pump(opened)
    })
    // Servers say nothing; it is read so that their end is seen.
    opened.resume()
    opened.on('error', (error) => trouble(error.message))
    opened.on('close', () => again())
  }

  function mended(): void {
    pauseMs = firstPauseMs
    const missing = lost
    lost = 0
    if (troubled) onMended(missing)
    troubled = false
  }

  function trouble(why: string): void {
    if (!troubled && !closed) onTrouble(`Syslog cannot be reached at ${nameOf(address)}: ${why}.`)
    troubled = true
  }

  function again(): void {
    socket = undefined
    inFlight = 0
    if (closed) return
    trouble('the connection was closed')
    retry = setTimeout(open, pauseMs).unref()
    pauseMs = Math.min(pauseMs * 2, longestPauseMs)
  }

  function pump(to: Socket): void {
    for (const frame of queue.slice(inFlight)) {
      inFlight += 1
      to.write(frame, (error) => {
        if (error || socket !== to) return
        inFlight -= 1
        queuedBytes -= queue.shift()?.length ?? 0
        if (queue.length > 0) return
        mended()
        flushed()
      })
    }
  }

  return {
    send(message) {
      const bytes = Buffer.from(message)
      const frame = Buffer.concat([Buffer.from(`${bytes.length} `), bytes])
      if (queuedBytes + frame.length > mostBytes) {
        lost += 1
        return trouble('it takes no more messages')
      }
      queue.push(frame)
      queuedBytes += frame.length
      if (socket) pump(socket)
    },
    flush: (deadline) =>
      new Promise((resolve) => {
        if (queue.length === 0 || deadline.aborted) return resolve()
        flushed = resolve
        deadline.addEventListener('abort', () => resolve(), { once: true })
      }),
    close() {
      closed = true
      clearTimeout(retry)
      socket?.end()
    },
  }
}

function nameOf(address: Exclude<SyslogAddress, { transport: 'udp' }>): string {
  return address.transport === 'unix'
    ? `unix://${address.path}`
    : `tcp://${address.host}:${address.port}`
}
