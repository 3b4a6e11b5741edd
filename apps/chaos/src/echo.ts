import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** Answers an upgrade as a WebSocket that says each short message again (RFC 6455), and closes when told to. */
export function echo(
  { headers }: IncomingMessage,
  socket: Duplex,
  more: Readonly<Record<string, string>>,
): void {
  const accept = createHash('sha1')
    .update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64')
  const head = {
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-accept': accept,
    ...more,
  }
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`)
  socket.write(['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n'))
  let rest = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('end', () => socket.end())
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes])
    for (let frame = take(rest); frame; frame = take(rest)) {
      rest = rest.subarray(frame.length)
      if (!socket.writable) return
      socket.write(Buffer.concat([Buffer.from([frame.first, frame.payload.length]), frame.payload]))
      if ((frame.first & 0x0f) === closing) return void socket.end()
    }
  })
}

const closing = 8

interface Frame {
  readonly first: number
  readonly payload: Buffer
  readonly length: number
}

/** The first whole frame; clients mask theirs, and these are shorter than 126 bytes. */
function take(bytes: Buffer): Frame | undefined {
  const size = (bytes[1] ?? 0) & 0x7f
  const length = 6 + size
  if (bytes.length < length) return undefined
  const mask = bytes.subarray(2, 6)
  const payload = Buffer.from(bytes.subarray(6, length)).map((byte, at) => byte ^ mask[at % 4]!)
  return { first: bytes[0]!, payload: Buffer.from(payload), length }
}
