import { LineBytes } from './line-bytes.ts'

/** Where whole lines go; says whether they could be written. They are good until it returns. */
export type Sink = (lines: Buffer) => boolean

/** Lines that are written together. */
export interface BufferedLines {
  /** Where the next line is put together. */
  readonly bytes: LineBytes
  /** The line is whole. */
  endLine(): void
  /** Writes what has been added, now. */
  flush(): void
  /** The lines that could not be written so far. */
  readonly dropped: number
}

/** A write to the kernel costs more than many lines, */
const fullAt = 32 * 1024
/** but nobody who follows a log wants to wait for its lines, and what waits is lost if the process is killed. */
const flushMs = 200

export function bufferLines(sink: Sink): BufferedLines {
  const bytes = new LineBytes()
  let count = 0
  let dropped = 0
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (count === 0) return
    if (!sink(bytes.lines)) dropped += count
    bytes.clear()
    count = 0
  }

  return {
    bytes,
    endLine() {
      bytes.endLine()
      count += 1
      if (bytes.length >= fullAt) flush()
      else timer ??= setTimeout(flush, flushMs).unref()
    },
    flush,
    get dropped() {
      return dropped
    },
  }
}
