import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

import { type ExchangeWatcher, OtherExchange } from './exchange.ts'
import type { CutWork } from './report.ts'

interface Upgrade {
  readonly request: IncomingMessage
  readonly startedAt: number
  readonly kind: 'websocket' | 'upgrade'
  /** Written before the handshake: when more has been, the handshake has been answered. */
  readonly bytesBefore: number
  readonly remoteAddress: string | undefined
  told: boolean
  isCut: boolean
  /** That of the handshake's answer. */
  status: number | undefined
}

/** A close frame (RFC 6455 5.5.1): final, opcode 8, unmasked, two bytes of payload, 1001 "going away" (7.4.1). */
const goingAway = Buffer.from([0x88, 0x02, 0x03, 0xe9])

/** The connections that stopped speaking HTTP. */
export class Upgrades {
  readonly #upgrades = new Map<Socket, Upgrade>()
  readonly #watcher: ExchangeWatcher | undefined

  constructor(watcher: ExchangeWatcher | undefined) {
    this.#watcher = watcher
  }

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
    const upgrade: Upgrade = {
      request,
      startedAt: performance.now(),
      kind,
      bytesBefore,
      remoteAddress: socket.remoteAddress,
      told: false,
      isCut: false,
      status: undefined,
    }
    this.#upgrades.set(socket, upgrade)
    if (this.#watcher?.ended) readStatus(socket, (status) => (upgrade.status = status))
    socket.once('close', () => this.#end(socket, upgrade))
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
    return [...this.#upgrades].map(([socket, upgrade]) => {
      const { request, startedAt, kind } = upgrade
      upgrade.isCut = true
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

  #end(socket: Socket, upgrade: Upgrade): void {
    const { request, startedAt, status, remoteAddress, bytesBefore, isCut } = upgrade
    this.#upgrades.delete(socket)
    const refused = status === undefined ? 'aborted' : 'answered'
    this.#watcher?.ended?.(
      new OtherExchange(request, {
        ending: isCut ? 'cut' : isTaken(status) ? 'upgraded' : refused,
        startedAt,
        status,
        bytes: socket.bytesWritten - bytesBefore,
        remoteAddress,
      }),
    )
  }
}

/** 101, or any 2xx to a CONNECT. */
function isTaken(status: number | undefined): boolean {
  return status !== undefined && (status === 101 || (status >= 200 && status < 300))
}

/** Reads the first line of the answer to a handshake, which the app writes by itself. */
function readStatus(socket: Socket, onStatus: (status: number) => void): void {
  const { write, end } = socket
  for (const name of ['write', 'end'] as const) {
    const method = socket[name]
    socket[name] = function readFirst(this: Socket, ...args: unknown[]): never {
      socket.write = write
      socket.end = end
      const [, status] = /^HTTP\/1\.\d (\d{3})/.exec(startOf(args[0])) ?? []
      if (status !== undefined) onStatus(Number(status))
      return Reflect.apply(method, this, args) as never
    }
  }
}

function startOf(chunk: unknown): string {
  const bytes = chunk instanceof Uint8Array ? Buffer.from(chunk.subarray(0, 16)) : chunk
  return String(bytes).slice(0, 16)
}
