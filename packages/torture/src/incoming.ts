import { MalformedAnswer } from './answer.ts'

/** A computation that yields whenever it needs bytes that have not come yet. */
export type Reading<T> = Generator<void, T, void>

const EMPTY = Buffer.alloc(0)
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const MAX_LINE_BYTES = 64 * 1024

/** The bytes of a connection, read as if they were all there. */
export class Incoming {
  #bytes: Buffer = EMPTY
  #at = 0
  #ended = false
  #received = 0

  /** How many bytes have been read, of those that came. */
  get consumed(): number {
    return this.#received - (this.#bytes.length - this.#at)
  }

  push(bytes: Buffer): void {
    this.#received += bytes.length
    const unread = this.rest()
    this.#bytes = unread.length === 0 ? bytes : Buffer.concat([unread, bytes])
    this.#at = 0
  }

  end(): void {
    this.#ended = true
  }

  rest(): Buffer {
    return this.#at === 0 ? this.#bytes : this.#bytes.subarray(this.#at)
  }

  /** A line without its CRLF. A line feed alone ends none (RFC 9112 2.2 lets a recipient accept it; we do not). */
  *line(): Reading<string> {
    let end = this.#bytes.indexOf(LINE_FEED, this.#at)
    while (end < 0) {
      if (this.rest().length > MAX_LINE_BYTES) throw new MalformedAnswer('an endless line')
      yield
      end = this.#bytes.indexOf(LINE_FEED, this.#at)
    }
    if (end === this.#at || this.#bytes[end - 1] !== CARRIAGE_RETURN) {
      throw new MalformedAnswer('a line that ends without CRLF')
    }
    const line = this.#bytes.toString('latin1', this.#at, end - 1)
    this.#at = end + 1
    return line
  }

  *take(length: number): Reading<Buffer> {
    const parts: Buffer[] = []
    let missing = length
    for (let part = this.rest(); part.length < missing; part = this.rest()) {
      parts.push(part)
      missing -= part.length
      this.#clear()
      yield
    }
    parts.push(this.rest().subarray(0, missing))
    this.#at += missing
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts, length)
  }

  /** Like {@link take}, but hands over each piece as it comes, for a body too long or too slow to wait for. */
  *pieces(length: number, onPiece: (piece: Buffer) => void): Reading<void> {
    for (let missing = length; missing > 0;) {
      const piece = this.rest().subarray(0, missing)
      this.#at += piece.length
      missing -= piece.length
      if (piece.length > 0) onPiece(piece)
      if (missing > 0) yield
    }
  }

  /** Like {@link untilEnd}, piece by piece. */
  *piecesUntilEnd(onPiece: (piece: Buffer) => void): Reading<void> {
    for (;;) {
      const piece = this.rest()
      this.#clear()
      if (piece.length > 0) onPiece(piece)
      if (this.#ended) return
      yield
    }
  }

  *untilEnd(): Reading<Buffer> {
    const parts: Buffer[] = []
    for (;;) {
      parts.push(this.rest())
      this.#clear()
      if (this.#ended) return Buffer.concat(parts)
      yield
    }
  }

  #clear(): void {
    this.#bytes = EMPTY
    this.#at = 0
  }
}
