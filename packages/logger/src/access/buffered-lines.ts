/** Where whole lines go; says whether they could be written. */
export type Sink = (lines: string) => boolean

/** Lines that are written together. */
export interface BufferedLines {
  add(line: string): void
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
  let text = ''
  let count = 0
  let dropped = 0
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (count === 0) return
    const [lines, added] = [text, count]
    text = ''
    count = 0
    if (!sink(lines)) dropped += added
  }

  return {
    add(line) {
      text += `${line}\n`
      count += 1
      if (text.length >= fullAt) flush()
      else timer ??= setTimeout(flush, flushMs).unref()
    },
    flush,
    get dropped() {
      return dropped
    },
  }
}
