import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

import type { OutputLine } from './ports.ts'

/** A longer line is logged in pieces. */
const longestLine = 16 * 1024

/** The output of a process, taken line by line. */
export interface CapturedOutput {
  /** To be called when the process has ended: takes what is still in the pipes, without regard to the pace. */
  drain(): void
  /** Called once, when both streams have ended. */
  onEnd(listener: () => void): void
}

/** How much is taken from all workers together. */
export interface OutputPace {
  /** Whether there is time for more. */
  open(): boolean
  /** So much of the arbiter's time was spent on it. */
  spent(ms: number): void
  /** Called once, when there is time again. */
  onOpen(listener: () => void): void
}

/**
 * Splits what a process prints into lines. Never holds more than a line: while the pace allows no more, nothing is read, the
 * pipe fills, and the worker's own guard drops and counts what does not fit, as it does for any slow reader.
 */
export function captureOutput(
  streams: Readonly<Record<OutputLine['stream'], Readable>>,
  { pace, onLine }: { readonly pace: OutputPace; readonly onLine: (line: OutputLine) => void },
): CapturedOutput {
  const open = new Set<Readable>(Object.values(streams))
  let draining = false
  let ended = (): void => {}

  for (const stream of ['stdout', 'stderr'] as const) {
    const readable = streams[stream]
    const splitter = lineSplitter((text) => onLine({ stream, text }))
    readable.on('data', (chunk: Buffer) => {
      const from = performance.now()
      splitter.add(chunk)
      pace.spent(performance.now() - from)
      if (draining || pace.open()) return
      readable.pause()
      pace.onOpen(() => readable.resume())
    })
    // A pipe that breaks ends as well.
    readable.on('error', () => {})
    readable.on('close', () => {
      splitter.end()
      open.delete(readable)
      if (open.size === 0) ended()
    })
  }

  return {
    drain() {
      draining = true
      for (const readable of open) readable.resume()
    },
    onEnd(listener) {
      ended = listener
      if (open.size === 0) listener()
    },
  }
}

export interface LineSplitter {
  add(chunk: Buffer): void
  /** What came last may lack its line break. */
  end(): void
}

export function lineSplitter(onLine: (text: string) => void): LineSplitter {
  const decoder = new StringDecoder('utf8')
  let rest = ''

  function add(text: string): void {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) give(line)
    while (rest.length > longestLine) {
      onLine(rest.slice(0, longestLine))
      rest = rest.slice(longestLine)
    }
  }

  function give(line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    for (let from = 0; from === 0 || from < text.length; from += longestLine)
      onLine(text.slice(from, from + longestLine))
  }

  return {
    add: (chunk) => add(decoder.write(chunk)),
    end() {
      rest += decoder.end()
      if (rest !== '') give(rest)
      rest = ''
    },
  }
}

const windowMs = 100
const shareMs = 25

/**
 * At most a quarter of the arbiter's time goes into what workers print, however much that is: it has beats to read and
 * workers to replace.
 */
export function quarterOfTheTime(): OutputPace {
  const waiting: (() => void)[] = []
  let spentMs = 0
  let timer: NodeJS.Timeout | undefined

  function next(): void {
    timer = undefined
    spentMs = Math.max(0, spentMs - shareMs)
    if (spentMs >= shareMs) return wait()
    for (const resume of waiting.splice(0)) resume()
    if (spentMs > 0) wait()
  }

  function wait(): void {
    timer ??= setTimeout(next, windowMs).unref()
  }

  return {
    open: () => spentMs < shareMs,
    spent(ms) {
      spentMs += ms
      wait()
    },
    onOpen(listener) {
      waiting.push(listener)
      wait()
    },
  }
}
