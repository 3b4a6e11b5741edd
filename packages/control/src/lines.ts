import { StringDecoder } from 'node:string_decoder'

/** Cuts a stream of bytes into lines. */
export interface Lines {
  /**
   * The lines that end in this chunk, without space around them, each cut off when it is asked for: take all before the next chunk.
   * The iterator throws a RangeError if a line grows too long.
   */
  add(chunk: Buffer): IterableIterator<string>
  /** How many bytes of a line that has not ended are here. */
  readonly waitingBytes: number
}

const lineBreak = 10

export function splitLines(longestBytes: number): Lines {
  let decoder = new StringDecoder('utf8')
  let begun: string[] = []
  let waitingBytes = 0

  function check(bytes: number): void {
    if (bytes > longestBytes) throw new RangeError(`a line of more than ${longestBytes} bytes`)
  }

  function take(part: Buffer): void {
    waitingBytes += part.length
    check(waitingBytes)
    begun.push(decoder.write(part))
  }

  function finish(): string {
    const line = begun.join('') + decoder.end()
    decoder = new StringDecoder('utf8')
    begun = []
    waitingBytes = 0
    return line
  }

  /** The line that ends there. */
  function cut(chunk: Buffer, from: number, to: number): string {
    if (waitingBytes > 0) {
      take(chunk.subarray(from, to))
      return finish()
    }
    check(to - from)
    return chunk.toString('utf8', from, to)
  }

  return {
    *add(chunk) {
      let from = 0
      for (let to = chunk.indexOf(lineBreak); to !== -1; to = chunk.indexOf(lineBreak, from)) {
        yield cut(chunk, from, to).trim()
        from = to + 1
      }
      if (from < chunk.length) take(chunk.subarray(from))
    },
    get waitingBytes() {
      return waitingBytes
    },
  }
}
