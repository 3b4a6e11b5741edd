import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

import type { CutWork } from './report.ts'

interface Upgrade {
  readonly request: IncomingMessage
  readonly startedAt: number
  readonly kind: 'websocket' | 'upgrade'
  /** Written before the handshake: when more has been, the handshake has been answered. */
  readonly bytesBefore: number
  told: boolean
}

/** A close frame (RFC 6455 5.5.1): final, opcode 8, unmasked, two bytes of payload, 1001 "going away" (7.4.1). */
const goingAway = Buffer.from([0x88, 0x02, 0x03, 0xe9])

/** The connections that stopped speaking HTTP. */
export class Upgrades {
  readonly #upgrades = new Map<Socket, Upgrade>()

  get size(): number {
    return this.#upgrades.size
  }

  begin(request: IncomingMessage): void {
    const { socket } = request
    const kind =
      request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket'
        ? 'websocket'
        : 'upgrade'
    const bytesBefore = socket.bytesWritten
    this.#upgrades.set(socket, {
      request,
      startedAt: performance.now(),
      kind,
      bytesBefore,
      told: false,
    })
    socket.once('close', () => this.#upgrades.delete(socket))
  }

  /**
   * Tells the WebSockets that have not been told. The frame goes straight to the socket, whatever library holds it.
   *
   * That is safe because libraries write a frame within one turn of the event loop (ws corks the socket for it), so that
   * between turns the stream is between frames, and a control frame may come between the fragments of a message (5.4).
   * The peer echoes it, upon which the library answers and closes as for any close of the peer. Before the handshake has
   * been answered a frame would be taken for it: then the next sweep tells.
   */
  sweep(): void {
    for (const [socket, upgrade] of this.#upgrades) {
      const { kind, told, bytesBefore } = upgrade
      if (kind !== 'websocket' || told || !socket.writable || socket.bytesWritten === bytesBefore)
        continue
      upgrade.told = true
      socket.write(goingAway)
      socket.once('end', () => socket.end())
    }
  }

  /** Destroys them all, and says what they were. */
  cut(now: number): CutWork[] {
    return [...this.#upgrades].map(([socket, { request, startedAt, kind }]) => {
      const bytes = socket.bytesWritten
      socket.destroy()
      return {
        kind,
        method: request.method!,
        url: request.url!,
        ageMs: Math.round(now - startedAt),
        bytes,
      }
    })
  }
}
