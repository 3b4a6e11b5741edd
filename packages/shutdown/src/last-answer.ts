import type { IncomingMessage, ServerResponse } from 'node:http'

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

/**
 * Lets Node close the connection after the last answer without tearing that answer: closing a socket on which unread
 * data waits, or to which more is on its way, sends a reset, and a reset discards what the client has not read yet. If
 * the request has not been read whole, its rest is read first, as long as the client goes on sending (RFC 9112 9.6).
 *
 * @param options.quietMs how long the client may send nothing before the socket is destroyed
 */
export function closeGently(request: IncomingMessage, options: { readonly quietMs: number }): void {
  const { socket } = request
  const destroySoon = socket.destroySoon
  socket.destroySoon = () => {
    socket.destroySoon = destroySoon
    if (request.complete) return socket.destroySoon()
    request.once('close', () => socket.destroySoon())
    socket.setTimeout(options.quietMs)
    socket.end()
  }
}
