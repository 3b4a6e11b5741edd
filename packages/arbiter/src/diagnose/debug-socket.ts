import type { Socket } from 'node:net'

import { createFrameReader, textFrame, closeFrame } from './frames.ts'

/** A WebSocket (RFC 6455) to an inspector on this machine. */
export interface DebugSocket {
  send(message: object): void
  /** Idempotent. */
  close(): void
}

export interface DebugSocketEvents {
  onOpen(): void
  onMessage(text: string): void
  /** It has ended, or it never was one. Called once. */
  onEnd(): void
}

/** Whom it is closed to, and who says nothing more, is not waited for. */
const farewellMs = 1_000
/** RFC 6455 4.1 wants it random, so that no cache between them answers; here there is nothing between them. */
const key = Buffer.from('nunicorn-arbiter').toString('base64')

/** Node's own WebSocket would do, but with the first one the arbiter had undici in its memory for good, 10 MB. */
export function openDebugSocket(url: string, events: DebugSocketEvents): DebugSocket {
  // Not imported: most arbiters never need it.
  const { get } = process.getBuiltinModule('node:http')
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
  }
  const request = get(url.replace(/^ws:/, 'http:'), { agent: false, headers })
  let socket: Socket | undefined
  let isOver = false

  function end(): void {
    if (isOver) return
    isOver = true
    request.destroy()
    socket?.destroy()
    events.onEnd()
  }

  request.on('error', end)
  // It has answered as if this were a request like any other.
  request.on('response', end)
  request.on('upgrade', (_answer, upgraded: Socket, head) => {
    socket = upgraded
    const read = createFrameReader({ onText: events.onMessage, onEnd: end })
    upgraded.on('error', end).on('close', end).on('data', read)
    events.onOpen()
    read(head)
  })

  return {
    send: (message) => void socket?.write(textFrame(JSON.stringify(message))),
    close() {
      if (socket === undefined) return end()
      socket.setTimeout(farewellMs, end)
      if (socket.writable) socket.end(closeFrame)
    },
  }
}
