import type { Server, ServerResponse } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'

/** What Node keeps on a socket and on its answer; should it ever drop these fields, nobody is asked, and all are answered. */
interface AnsweringSocket extends Socket {
  /** The answer that goes out at the moment. */
  readonly _httpMessage?: (ServerResponse & { readonly _headerSent?: boolean }) | null
}

/** By then an answer to the question has come, if the peer is not far away; for one that is, each wait is twice the last, */
const firstLookMs = 50
/** up to this: the question may be lost, and TCP sends it again. */
const longestLookMs = 10_000

/**
 * Answers clients in full that have closed their side (`printf ... | nc`), and yet tells the app at once of those that have
 * gone. Node knows only the one or, by default, the other: the FIN of a client that will still read and that of one that
 * has closed its socket look the same, until something is written: upon that the latter's system sends a reset.
 *
 * So something without a meaning is written. Ahead of the answer it is `100 Continue`, which a client that has not asked for it
 * discards (RFC 9110 15.2.1); between two chunks of a body it is a leading zero of the next chunk's size (RFC 9112 7.1). In a
 * body with a length nothing can be hidden, but there bytes flow anyway.
 */
export function answerHalfClosed(server: Server | SecureServer): void {
  Object.assign(server, { httpAllowHalfOpen: true })
  server.on('connection', listen)
  // Under TLS these are the sockets that speak HTTP.
  server.on('secureConnection', listen)
}

function listen(socket: Socket): void {
  socket.on('end', askWhetherGone)
}

function askWhetherGone(this: AnsweringSocket): void {
  const answer = this._httpMessage
  if (!answer || answer.writableEnded || !ask(this, answer)) return
  lookForReset(this, answer)
}

/**
 * Of the reset a socket that is neither read nor written learns nothing. Writing nothing tells, and sends nothing; where
 * something waits to be written that tells as well, and behind it the nothings would pile up.
 */
function lookForReset(socket: Socket, answer: ServerResponse): void {
  let inMs = firstLookMs
  const look = (): void => {
    if (socket.writable && socket.writableLength === 0) socket.write('')
    inMs = Math.min(2 * inMs, longestLookMs)
    timer = setTimeout(look, inMs)
  }
  let timer = setTimeout(look, inMs)
  answer.once('close', () => clearTimeout(timer))
}

function ask(socket: Socket, answer: NonNullable<AnsweringSocket['_httpMessage']>): boolean {
  const { req: request, _headerSent: begun } = answer
  if (request.httpVersion !== '1.1' || begun === undefined) return false
  if (!begun) answer.writeContinue()
  else if (answer.chunkedEncoding && request.method !== 'HEAD') socket.write('0')
  else return false
  return true
}
