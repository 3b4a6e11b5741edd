import { createHash, randomBytes } from 'node:crypto'

import type { Answer } from './answer.ts'

/** RFC 6455 1.3 */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

export interface Handshake {
  readonly headers: Readonly<Record<string, string>>
  /** Says what is wrong with the answer. */
  check(answer: Answer): string | undefined
}

export function createHandshake(): Handshake {
  const key = randomBytes(16).toString('base64')
  return {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': key,
      'sec-websocket-version': '13',
    },
    check({ status, headers }) {
      if (status !== 101) return `status ${status}`
      if (headers.get('upgrade')?.toLowerCase() !== 'websocket') return 'no Upgrade: websocket'
      if (!/\bupgrade\b/i.test(headers.get('connection') ?? '')) return 'no Connection: Upgrade'
      if (headers.get('sec-websocket-accept') !== acceptOf(key))
        return 'a wrong Sec-WebSocket-Accept'
      if (headers.has('sec-websocket-extensions')) return 'an extension that nobody offered'
      return undefined
    },
  }
}

export function acceptOf(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64')
}
