import { escapeJson, escapeText } from './escape.ts'

/** More than waits for being written, and a line that a pipe takes. What does not fit makes it grow. */
const usualBytes = 64 * 1024

/**
 * Lines as the bytes that the kernel is given, put together where they wait for it. A text is put together three times,
 * from its parts, flat, and as bytes, which costs half as much again.
 */
export class LineBytes {
  #bytes = Buffer.allocUnsafe(usualBytes)
  /** Where the last whole line ends, */
  #whole = 0
  /** and what has been added to the next one. */
  #end = 0

  /** Of the line that has been begun. */
  get lineLength(): number {
    return this.#end - this.#whole
  }

  /** Of the whole lines. */
  get length(): number {
    return this.#whole
  }

  /** The whole lines; good until the next one is begun. */
  get lines(): Buffer {
    return this.#bytes.subarray(0, this.#whole)
  }

  /** Forgets what has been added since the last whole line. */
  beginLine(): void {
    this.#end = this.#whole
  }

  endLine(): void {
    this.text('\n')
    this.#whole = this.#end
  }

  clear(): void {
    this.#whole = 0
    this.#end = 0
  }

  /** Adds characters that are each a byte, as they are: not for what a client has sent. */
  text(value: string): void {
    const bytes = this.#roomFor(value.length)
    let end = this.#end
    for (let index = 0; index < value.length; index += 1) {
      bytes[end] = value.charCodeAt(index)
      end += 1
    }
    this.#end = end
  }

  /** Adds what may stand between quotes; see {@link escapeText}. */
  escaped(value: string, limit?: number): void {
    if (!this.#addHarmless(value, limit)) this.text(escapeText(value, limit))
  }

  /** Adds a JSON string; see {@link escapeJson}. */
  json(value: string, limit?: number): void {
    this.text('"')
    if (this.#addHarmless(value, limit)) this.text('"')
    else this.text(escapeJson(value, limit).slice(1))
  }

  /** Adds a value that needs no escape, or nothing. */
  #addHarmless(value: string, limit = Infinity): boolean {
    if (value.length > limit) return false
    const bytes = this.#roomFor(value.length)
    let end = this.#end
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index)
      if (code < space || code > tilde || code === quote || code === backslash) return false
      bytes[end] = code
      end += 1
    }
    this.#end = end
    return true
  }

  #roomFor(count: number): Buffer {
    const needed = this.#end + count
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * needed)
      this.#bytes.copy(larger, 0, 0, this.#end)
      this.#bytes = larger
    }
    return this.#bytes
  }
}

const space = 0x20
const tilde = 0x7e
const quote = 0x22
const backslash = 0x5c
