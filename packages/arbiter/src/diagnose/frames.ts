/** WebSocket frames (RFC 6455 5.2), as far as an inspector needs them. */

const [continuation, text, close] = [0, 1, 8]
const final = 0x80
const masked = 0x80
/** What a client sends is masked, against proxies that take it for HTTP; there are none, and a mask of zeros changes nothing. */
const mask = Buffer.alloc(4)

export const closeFrame: Buffer = Buffer.concat([Buffer.from([final | close, masked]), mask])

export function textFrame(message: string): Buffer {
  const body = Buffer.from(message)
  return Buffer.concat([Buffer.from([final | text]), lengthOf(body), mask, body])
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < 126) return Buffer.from([masked | length])
  const bytes = Buffer.alloc(length < 2 ** 16 ? 3 : 9)
  bytes[0] = masked | (bytes.length === 3 ? 126 : 127)
  if (bytes.length === 3) bytes.writeUInt16BE(length, 1)
  else bytes.writeBigUInt64BE(BigInt(length), 1)
  return bytes
}

/** More than an inspector ever says at once; whoever says more is none. */
const mostBytes = 64 * 1024 * 1024

/** Takes what a server sends, in whatever pieces it comes. `onEnd`: it closes, or it speaks another protocol. */
export function createFrameReader({
  onText,
  onEnd,
}: {
  readonly onText: (message: string) => void
  readonly onEnd: () => void
}): (chunk: Buffer) => void {
  let waiting = Buffer.alloc(0)
  let message: Buffer[] = []
  return (chunk) => {
    waiting = Buffer.concat([waiting, chunk])
    for (let frame = firstFrame(waiting); frame !== undefined; frame = firstFrame(waiting)) {
      waiting = waiting.subarray(frame.bytes)
      if (frame.kind === close) return onEnd()
      // A ping or a pong.
      if (frame.kind !== text && frame.kind !== continuation) continue
      message.push(frame.body)
      if (!frame.isLast) continue
      const whole = Buffer.concat(message).toString()
      message = []
      onText(whole)
    }
    if (waiting.length > mostBytes) onEnd()
  }
}

interface Frame {
  readonly kind: number
  readonly isLast: boolean
  readonly body: Buffer
  /** With its head. */
  readonly bytes: number
}

/** Undefined as long as it is not whole. */
function firstFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined
  const [first = 0, second = 0] = bytes
  const head = { 126: 4, 127: 10 }[second] ?? 2
  if (bytes.length < head) return undefined
  const length =
    head === 2 ? second : head === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (bytes.length < head + length) return undefined
  return {
    kind: first & 0x0f,
    isLast: (first & final) !== 0,
    body: bytes.subarray(head, head + length),
    bytes: head + length,
  }
}
