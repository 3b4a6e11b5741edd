import { createSocket } from 'node:dgram'

import type { SyslogAddress } from './address.ts'
import type { SenderEvents, SyslogSender } from './sender.ts'

/** What rsyslog and syslog-ng take by default; RFC 5426 asks receivers for 2048. */
const mostBytes = 8_192
/** How many datagrams may wait for the name to be looked up, or for the kernel. */
const mostWaiting = 1_000

/** RFC 5426: one message is one datagram. What is too long is cut. */
export function udpSender(
  { host, port }: Extract<SyslogAddress, { transport: 'udp' }>,
  { onTrouble, onMended }: SenderEvents,
): SyslogSender {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  let waiting = 0
  let lost = 0
  let flushed = (): void => {}

  function lose(why: string): void {
    lost += 1
    if (lost === 1) onTrouble(`Syslog cannot be reached at udp://${host}:${port}: ${why}.`)
  }

  function sent(error: Error | null): void {
    waiting -= 1
    if (waiting === 0) flushed()
    if (error) return lose(error.message)
    const missing = lost
    lost = 0
    if (missing > 0) onMended(missing)
  }

  socket.on('error', (error) => lose(error.message))
  socket.unref()
  return {
    send(message) {
      if (waiting >= mostWaiting) return lose('too many messages wait')
      waiting += 1
      socket.send(cut(message), port, host, sent)
    },
    flush: (deadline) =>
      new Promise((resolve) => {
        if (waiting === 0 || deadline.aborted) return resolve()
        flushed = resolve
        deadline.addEventListener('abort', () => resolve(), { once: true })
      }),
    close: () => void socket.close(),
  }
}

/** Not within a character of UTF-8: what follows its first byte has the bits 10 in front. */
function cut(message: string): Buffer {
  const bytes = Buffer.from(message)
  if (bytes.length <= mostBytes) return bytes
  let end = mostBytes
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.subarray(0, end)
}
