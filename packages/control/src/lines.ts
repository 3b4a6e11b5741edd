import { StringDecoder } from 'node:string_decoder'

/** Cuts a stream of bytes into lines. */
export interface Lines {
  /** The lines that end in this chunk, empty ones left out. @throws RangeError if one grows too long */
  add(chunk: Buffer): readonly string[]
  /** How many bytes of a line that has not ended are here. */
  readonly waitingBytes: number
}

export function splitLines(longestBytes: number): Lines {
  let decoder = new StringDecoder('utf8')
  let begun: string[] = []
  let waitingBytes = 0

  function take(part: Buffer): void {
    waitingBytes += part.length
    if (waitingBytes > longestBytes)
      throw new RangeError(`a line of more than ${longestBytes} bytes`)
    begun.push(decoder.write(part))
  }

  function finish(): string {
    const line = begun.join('') + decoder.end()
    decoder = new StringDecoder('utf8')
    begun = []
    waitingBytes = 0
    return line
  }

  return {
    add(chunk) {
      const lines: string[] = []
      let from = 0
      for (let to = chunk.indexOf(10); to !== -1; to = chunk.indexOf(10, from)) {
        take(chunk.subarray(from, to))
        const line = finish().trim()
        if (line !== '') lines.push(line)
        from = to + 1
      }
      if (from < chunk.length) take(chunk.subarray(from))
      return lines
    },
    get waitingBytes() {
      return waitingBytes
    },
  }
}
