import { framingOf, parseHead, parseHeaders, persistenceOf, show } from './answer-head.ts'
import { type Answer, MalformedAnswer } from './answer.ts'
import { Incoming, type Reading } from './incoming.ts'

/** Reads one answer, however the network cuts it into pieces. */
export interface AnswerReader {
  /**
   * Takes the next bytes; returns the answer once it is complete.
   *
   * @throws MalformedAnswer
   */
  push(bytes: Buffer): Answer | undefined
  /** The server has sent its FIN: returns the answer if that is what ended its body. */
  end(): Answer | undefined
  /** What came after the answer: part of the next one, or more than was asked for. */
  rest(): Buffer
}

const MAX_HEAD_LINES = 256

/** A reader for the answer to a request with this method: an answer to HEAD has no body, whatever its headers say. */
export function createAnswerReader(method: string): AnswerReader {
  const incoming = new Incoming()
  const reading = readAnswer(incoming, method)
  const advance = (): Answer | undefined => reading.next().value ?? undefined
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

function* readAnswer(incoming: Incoming, method: string): Reading<Answer> {
  const interim: number[] = []
  let head = yield* readHead(incoming)
  // 101 is final: what follows it is another protocol.
  for (; head.status < 200 && head.status !== 101; head = yield* readHead(incoming)) {
    framingOf(head, method)
    interim.push(head.status)
  }
  const framing = framingOf(head, method)
  const { status, reason, headers } = head
  const { body, trailers } = yield* readBody(incoming, framing)
  const wireBytes = incoming.consumed
  const persistence = persistenceOf(head, framing)
  return { status, reason, headers, body, trailers, interim, wireBytes, ...persistence }
}

function* readHead(incoming: Incoming): Reading<ReturnType<typeof parseHead>> {
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
  framing: ReturnType<typeof framingOf>,
): Reading<Pick<Answer, 'body' | 'trailers'>> {
  switch (framing.type) {
    case 'none':
      return { body: Buffer.alloc(0), trailers: new Map() }
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
    const end = (yield* incoming.take(2)).toString('latin1')
    if (end !== '\r\n') throw new MalformedAnswer(`a chunk longer than it says: ${show(end)}`)
  }
  const trailers = parseHeaders(yield* readLines(incoming))
  return { body: Buffer.concat(chunks), trailers }
}

function* readChunkSize(incoming: Incoming): Reading<number> {
  const line = yield* incoming.line()
  const [, size] = /^([\da-f]{1,12})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/i.exec(line) ?? []
  if (size === undefined) throw new MalformedAnswer(`a bad chunk size: ${show(line)}`)
  return Number.parseInt(size, 16)
}
