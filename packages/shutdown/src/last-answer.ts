import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Makes `answer` say `Connection: close`, if `isLast` still holds when its head is written: Node drops the pipelined
 * requests behind an answer that closes, so that only the last one may.
 *
 * A head that has been written cannot be changed any more. `writeHead` is where every head passes, implicit ones too; it
 * is replaced on this one answer, as the on-headers package does.
 */
export function sayClose(answer: ServerResponse<IncomingMessage>, isLast: () => boolean): void {
  if (answer.headersSent) return
  const { writeHead } = answer
  answer.writeHead = (...args: unknown[]) => {
    if (isLast()) {
      answer.shouldKeepAlive = false
      // Apps write `Connection: keep-alive` themselves: proxies, and nearly every event stream.
      if (answer.hasHeader('connection')) answer.setHeader('Connection', 'close')
      args = args.map(withoutKeepAlive)
    }
    return Reflect.apply(writeHead, answer, args)
  }
}

/**
 * `arg` is an argument of `writeHead`; headers come as an object, as a flat list, or as a list of pairs. What Node would
 * refuse is left to it.
 */
function withoutKeepAlive(arg: unknown): unknown {
  if (typeof arg !== 'object' || arg === null) return arg
  if (!Array.isArray(arg)) {
    const pairs = Object.entries(arg)
    return Object.fromEntries(pairs.map(([name, value]) => [name, closing(name, value)]))
  }
  if (Array.isArray(arg[0])) return arg.map(closePair)
  return arg.map((item, index) => (index % 2 === 1 ? closing(arg[index - 1], item) : item))
}

function closePair(pair: unknown): unknown {
  return Array.isArray(pair) ? [pair[0], closing(pair[0], pair[1])] : pair
}

function closing(name: unknown, value: unknown): unknown {
  const isConnection = typeof name === 'string' && name.toLowerCase() === 'connection'
  return isConnection && value !== undefined ? 'close' : value
}

/** What Node keeps on a socket of an HTTP server; should it drop the field, connections close as they do without us. */
interface ServedSocket extends Socket {
  readonly parser?: { readonly incoming?: IncomingMessage | null } | null
}

/** How long a client may go on to send what nobody wants; nginx calls it lingering. */
const lingerMs = 30_000

/**
 * Makes what is to stand in the place of a socket's `destroySoon`, with which Node closes a connection after its last answer
 * (413, 503, any with `Connection: close`): it does so without tearing that answer. To close a socket on which unread
 * data waits, or to which more is on its way, sends a reset, and a reset discards what the client has not read yet. If
 * the request has not been read whole, its rest is read first, and thrown away, as long as the client goes on sending
 * (RFC 9112 9.6).
 *
 * @param options.quietMs how long the client may send nothing before the socket is destroyed
 */
export function gentleClose(options: { readonly quietMs: number }): (this: Socket) => void {
  return function destroyGently(this: ServedSocket) {
    const { destroySoon } = Object.getPrototypeOf(this) as Socket
    this.destroySoon = destroySoon
    const request = this.parser?.incoming
    if (!request || request.complete || request.destroyed) return this.destroySoon()
    const timer = setTimeout(() => this.destroy(), lingerMs).unref()
    this.once('close', () => clearTimeout(timer))
    this.setTimeout(options.quietMs)
    request.once('close', () => this.destroySoon())
    request.resume()
    this.end()
  }
}
