import {
  type AnswerHead,
  type Framing,
  framingOf,
  parseHead,
  parseHeaders,
  persistenceOf,
  show,
} from './answer-head.ts'
import { type Answer, MalformedAnswer } from './answer.ts'
import { Incoming, type Reading } from './incoming.ts'

/** Reads one thing, such as an answer, however the network cuts it into pieces. */
export interface Reader<T> {
  /**
   * Takes the next bytes; returns what was read once it is complete.
   *
   * @throws MalformedAnswer
   */
  push(bytes: Buffer): T | undefined
  /** The server has sent its FIN: returns what was read if that is what ended it. */
  end(): T | undefined
  /** What came after it: part of the next one, or more than was asked for. */
  rest(): Buffer
}

/** Sees an answer while it comes. */
export interface AnswerListener {
  /** The head of the final answer. */
  readonly onHead?: ((head: AnswerHead) => void) | undefined
  /** A piece of the body, without its framing; the body of the answer is empty then. */
  readonly onBody?: ((piece: Buffer) => void) | undefined
}

const EMPTY = Buffer.alloc(0)
const MAX_HEAD_LINES = 256

/** A reader for the answer to a request with this method: an answer to HEAD has no body, whatever its headers say. */
export function createAnswerReader(method: string, listener: AnswerListener = {}): Reader<Answer> {
  const incoming = new Incoming()
  return createReader(incoming, readAnswer(incoming, { method, ...listener }))
}

export function createReader<T>(incoming: Incoming, reading: Reading<T>): Reader<T> {
  const advance = (): T | undefined => reading.next().value ?? undefined
  return {
    push(bytes) {
      incoming.push(bytes)
      return advance()
    },
    end() {
      incoming.end()
      return advance()
    },
    rest: () => incoming.rest(),
  }
}

// The grammar of RFC 9112, top down. Each `yield*` waits for bytes that have not come yet.

interface Wanted extends AnswerListener {
  readonly method: string
}

function* readAnswer(incoming: Incoming, { method, onHead, onBody }: Wanted): Reading<Answer> {
  const interim: number[] = []
  let head = yield* readHead(incoming)
  // 101 is final: what follows it is another protocol.
  for (; head.status < 200 && head.status !== 101; head = yield* readHead(incoming)) {
    framingOf(head, method)
    interim.push(head.status)
  }
  const framing = framingOf(head, method)
  const { status, reason, headers } = head
  onHead?.(head)
  const { body, trailers } = yield* onBody
    ? streamBody(incoming, framing, onBody)
    : readBody(incoming, framing)
  const wireBytes = incoming.consumed
  const persistence = persistenceOf(head, framing)
  return { status, reason, headers, body, trailers, interim, wireBytes, ...persistence }
}

function* readHead(incoming: Incoming): Reading<AnswerHead> {
  // Before any line end, so that a server of another protocol is known at once.
  const start = (yield* incoming.take('HTTP/1.'.length)).toString('latin1')
  if (start !== 'HTTP/1.') throw new MalformedAnswer(`not HTTP/1: ${show(start)}`)
  const first = start + (yield* incoming.line())
  return parseHead([first, ...(yield* readLines(incoming))])
}

/** The lines up to an empty one. */
function* readLines(incoming: Incoming): Reading<string[]> {
  const lines: string[] = []
  for (let line = yield* incoming.line(); line !== ''; line = yield* incoming.line()) {
    lines.push(line)
    if (lines.length > MAX_HEAD_LINES) throw new MalformedAnswer('too many header lines')
  }
  return lines
}

function* readBody(
  incoming: Incoming,
  framing: Framing,
): Reading<Pick<Answer, 'body' | 'trailers'>> {
  switch (framing.type) {
    case 'none':
      return { body: EMPTY, trailers: new Map() }
    case 'length':
      return { body: yield* incoming.take(framing.length), trailers: new Map() }
    case 'until-close':
      return { body: yield* incoming.untilEnd(), trailers: new Map() }
    case 'chunked':
      return yield* readChunks(incoming)
  }
}

function* readChunks(incoming: Incoming): Reading<Pick<Answer, 'body' | 'trailers'>> {
  const chunks: Buffer[] = []
  for (let size = yield* readChunkSize(incoming); size > 0; size = yield* readChunkSize(incoming)) {
    chunks.push(yield* incoming.take(size))
    yield* readChunkEnd(incoming)
  }
  const trailers = parseHeaders(yield* readLines(incoming))
  return { body: Buffer.concat(chunks), trailers }
}

/** The body in pieces as they come. */
function* streamBody(
  incoming: Incoming,
  framing: Framing,
  onBody: (piece: Buffer) => void,
): Reading<Pick<Answer, 'body' | 'trailers'>> {
  if (framing.type === 'chunked') return yield* streamChunks(incoming, onBody)
  if (framing.type === 'length') yield* incoming.pieces(framing.length, onBody)
  if (framing.type === 'until-close') yield* incoming.piecesUntilEnd(onBody)
  return { body: EMPTY, trailers: new Map() }
}

function* streamChunks(
  incoming: Incoming,
  onBody: (piece: Buffer) => void,
): Reading<Pick<Answer, 'body' | 'trailers'>> {
  for (let size = yield* readChunkSize(incoming); size > 0; size = yield* readChunkSize(incoming)) {
    yield* incoming.pieces(size, onBody)
    yield* readChunkEnd(incoming)
  }
  return { body: EMPTY, trailers: parseHeaders(yield* readLines(incoming)) }
}

function* readChunkEnd(incoming: Incoming): Reading<void> {
  const end = (yield* incoming.take(2)).toString('latin1')
  if (end !== '\r\n') throw new MalformedAnswer(`a chunk longer than it says: ${show(end)}`)
}

function* readChunkSize(incoming: Incoming): Reading<number> {
  const line = yield* incoming.line()
  const [, size] = /^([\da-f]{1,12})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/i.exec(line) ?? []
  if (size === undefined) throw new MalformedAnswer(`a bad chunk size: ${show(line)}`)
  return Number.parseInt(size, 16)
}
