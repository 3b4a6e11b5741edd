import { randomBytes } from 'node:crypto'

import { createReader, type Reader } from './answer-reader.ts'
import { MalformedAnswer } from './answer.ts'
import { Incoming, type Reading } from './incoming.ts'

// The few frames of RFC 6455 that an echo needs, without extensions.

export interface WebSocketMessage {
  readonly type: 'text' | 'binary' | 'close' | 'ping' | 'pong'
  readonly data: Buffer
}

const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A frame from a client: masked (5.3). */
export function clientFrame(type: WebSocketMessage['type'], data: Uint8Array): Buffer {
  const length = lengthBytes(data.length)
  const mask = randomBytes(4)
  length[0]! |= 0x80
  const masked = Buffer.from(data)
  for (let at = 0; at < masked.length; at++) masked[at]! ^= mask[at % 4]!
  return Buffer.concat([Buffer.from([0x80 | OPCODES[type]]), length, mask, masked])
}

function lengthBytes(length: number): Buffer {
  if (length < 126) return Buffer.from([length])
  const bytes = Buffer.alloc(length < 65_536 ? 3 : 9)
  bytes[0] = length < 65_536 ? 126 : 127
  if (length < 65_536) bytes.writeUInt16BE(length, 1)
  else bytes.writeBigUInt64BE(BigInt(length), 1)
  return bytes
}

/** Makes a reader for each next message of one connection, and remembers the fragments that others come between (5.4). */
export function createMessageReaders(): () => Reader<WebSocketMessage> {
  const fragments: Fragments = { type: undefined, parts: [] }
  return () => {
    const incoming = new Incoming()
    return createReader(incoming, readMessage(incoming, fragments))
  }
}

/** Of a close frame's body (5.5.1); 1005 without one. */
export function closeCodeOf({ data }: WebSocketMessage): number {
  return data.length === 0 ? 1005 : data.readUInt16BE(0)
}

export function closeBody(code: number): Buffer {
  const body = Buffer.alloc(2)
  body.writeUInt16BE(code)
  return body
}

interface Fragments {
  type: 'text' | 'binary' | undefined
  parts: Buffer[]
}

interface Frame {
  readonly type: keyof typeof OPCODES
  readonly isFinal: boolean
  readonly data: Buffer
}

function* readMessage(incoming: Incoming, fragments: Fragments): Reading<WebSocketMessage> {
  for (;;) {
    const { type, isFinal, data } = yield* readFrame(incoming)
    if (type === 'close' || type === 'ping' || type === 'pong') return { type, data }
    if ((type === 'continuation') !== (fragments.type !== undefined)) {
      throw new MalformedAnswer('fragments out of order')
    }
    if (type !== 'continuation') fragments.type = type
    fragments.parts.push(data)
    if (isFinal) return assemble(fragments)
  }
}

function assemble(fragments: Fragments): WebSocketMessage {
  const type = fragments.type ?? 'binary'
  const data = Buffer.concat(fragments.parts)
  fragments.type = undefined
  fragments.parts = []
  if (type === 'text') checkText(data)
  return { type, data }
}

function checkText(data: Buffer): void {
  try {
    utf8.decode(data)
  } catch {
    throw new MalformedAnswer('a text message that is not UTF-8')
  }
}

function* readFrame(incoming: Incoming): Reading<Frame> {
  const [first = 0, second = 0] = yield* incoming.take(2)
  const type = typeOf(first & 0x0f)
  const isFinal = (first & 0x80) !== 0
  if ((first & 0x70) !== 0) throw new MalformedAnswer('a frame of an extension')
  if ((second & 0x80) !== 0) throw new MalformedAnswer('a masked frame from a server')
  const length = yield* readLength(incoming, second & 0x7f)
  const isControl = (first & 0x08) !== 0
  if (isControl && (!isFinal || length > 125)) throw new MalformedAnswer('a bad control frame')
  if (type === 'close' && length === 1) throw new MalformedAnswer('half a close code')
  return { type, isFinal, data: yield* incoming.take(length) }
}

function* readLength(incoming: Incoming, short: number): Reading<number> {
  if (short < 126) return short
  const bytes = yield* incoming.take(short === 126 ? 2 : 8)
  const length = short === 126 ? bytes.readUInt16BE(0) : Number(bytes.readBigUInt64BE(0))
  if (length > MAX_MESSAGE_BYTES) throw new MalformedAnswer(`a frame of ${length} bytes`)
  return length
}

function typeOf(opcode: number): keyof typeof OPCODES {
  const known = Object.entries(OPCODES).find(([, number]) => number === opcode)
  if (known === undefined) throw new MalformedAnswer(`a frame of the unknown type ${opcode}`)
  return known[0] as keyof typeof OPCODES
}
