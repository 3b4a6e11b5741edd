import type { AccessEntry, AccessLog, Logger, NewRequest } from '@nunicorn/contract'

import { openLogFile } from '../log-file.ts'
import { bufferLines, type Sink } from './buffered-lines.ts'
import { combined, compileFormat } from './format.ts'
import { jsonLine } from './json.ts'
import type { Line, LineOptions } from './line.ts'
import { requestIds } from './request-id.ts'

export interface AccessLogOptions {
  /** A path, or `-` for stdout. */
  readonly file: string
  /** `combined`, `json` or a format string of Gunicorn's. */
  readonly format: string
  /** The header of requests that carries their id; undefined: they get none. */
  readonly requestIdHeader?: string | undefined
  /** Whose ids count: addresses, networks, `*`. */
  readonly trusted: readonly string[]
  readonly worker: number
  /** Where it is said that lines are lost, and that they no longer are. */
  readonly log: Logger
  readonly stdout?: Stdout
}

/** What is needed of process.stdout. */
export interface Stdout {
  write(text: string): unknown
}

/** An access log that is written by the process whose requests it tells of. */
export interface OpenAccessLog extends AccessLog {
  /** Goes on with the file that has the name now. */
  reopen(): void
  /** Writes what waits. Until then a line is kept for a fifth of a second. */
  flush(): void
  /** The lines that could not be written. */
  readonly dropped: number
}

/** What one write can put into a pipe without another process' lines in between: PIPE_BUF of Linux. */
const pipeBytes = 4_096
/** Of a line that is longer than that, so many characters are shared by the values of clients. */
const sharedCharacters = 2_400

/** @throws the system's error if the file cannot be opened. */
export function openAccessLog(options: AccessLogOptions): OpenAccessLog {
  const { file, requestIdHeader: header, trusted, worker, log } = options
  const line = lineFor(options.format, {
    worker,
    pid: process.pid,
    requestIdHeader: header?.toLowerCase(),
  })
  const output = file === '-' ? toStdout(options.stdout ?? process.stdout) : toFile(file, log)
  const lines = bufferLines(output.sink)
  const { bytes } = lines
  const limit = Math.max(16, Math.floor(sharedCharacters / Math.max(1, valuesIn(options.format))))

  function ended(entry: AccessEntry): void {
    bytes.beginLine()
    line(entry, bytes)
    if (bytes.lineLength >= pipeBytes) {
      bytes.beginLine()
      line(entry, bytes, limit)
    }
    lines.endLine()
  }

  // However the process ends, unless it is killed.
  process.on('exit', lines.flush)
  return {
    begun: header === undefined ? ignore : requestIds({ header, trusted }),
    ended,
    reopen() {
      lines.flush()
      output.reopen()
    },
    flush: lines.flush,
    get dropped() {
      return lines.dropped
    },
  }
}

function ignore(_request: NewRequest): void {}

function lineFor(format: string, options: LineOptions): Line {
  if (format === 'json') return jsonLine(options)
  return compileFormat(format === 'combined' ? combined : format, options)
}

/** How many values of a line a client may have written. */
function valuesIn(format: string): number {
  return format === 'json' || format === 'combined' ? 8 : format.split('%(').length - 1
}

interface Output {
  readonly sink: Sink
  reopen(): void
}

function toFile(path: string, log: Logger): Output {
  const file = openLogFile({
    path,
    onTrouble: (message) => log.error(message),
    onMended: () => log.warning(`The access log ${path} can be written again.`),
  })
  return { sink: file.write, reopen: file.reopen }
}

/** What cannot be written there is dropped and counted by whoever guards stdout. Workers share it: no line is torn. */
function toStdout(stdout: Stdout): Output {
  return {
    sink(lines) {
      for (const piece of pieces(lines.toString())) stdout.write(piece)
      return true
    },
    reopen() {},
  }
}

/** Whole lines, together no longer than a pipe takes at once. */
function* pieces(lines: string): Iterable<string> {
  for (let start = 0; start < lines.length;) {
    const rest = lines.length - start <= pipeBytes
    const end = rest ? lines.length : lines.lastIndexOf('\n', start + pipeBytes - 1) + 1
    const next = end > start ? end : lines.indexOf('\n', start) + 1
    yield lines.slice(start, next)
    start = next
  }
}
