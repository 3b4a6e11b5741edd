import { hostname } from 'node:os'
import type { Writable } from 'node:stream'

import { type LeveledLogger, type LogLevel, NunicornError } from '@nunicorn/contract'

import { afterTheStart } from './after-the-start.ts'
import { jsonFormat } from './json.ts'
import { openLogFile, type LogFile } from './log-file.ts'
import { createLogger, type LogFormat, type LogRecord } from './logger.ts'
import { prettyFormat, wordsOf } from './pretty.ts'
import type { SyslogAddress } from './syslog/address.ts'
import { syslogMessage, type SyslogOrigin } from './syslog/message.ts'
import type { SyslogSender } from './syslog/sender.ts'
import { senderFor } from './syslog/sender-for.ts'

export interface LogOptions {
  readonly level: LogLevel
  /** `auto` is pretty on a terminal and JSON otherwise. */
  readonly format: 'auto' | 'pretty' | 'json'
  /** A path, or `-` for stderr. */
  readonly file: string
  /** Where each entry goes as well. */
  readonly syslog?: {
    readonly to: SyslogAddress
    readonly facility: SyslogOrigin['facility']
    readonly appName: string
  }
}

/** What {@link openLog} needs of the process; each has a real default. */
export interface LogPorts {
  readonly stderr?: Writable & { readonly isTTY?: boolean; hasColors?(): boolean }
  readonly now?: () => number
}

/** The log of the arbiter: every entry goes to one file or stderr, and to syslog if there is one. */
export interface Log extends AsyncDisposable {
  readonly logger: LeveledLogger
  /** Whether stderr is where it goes, so that what is written there by others stands beside it. */
  readonly onStderr: boolean
  /**
   * The start is over: the first entries, which are kept for a quarter of a second, are written now, and all others at once.
   * JSON takes pino, which is not quick to load.
   */
  settle(): void
  /** Goes on with the file that has the name now (after logrotate has moved the old one). Never throws. */
  reopen(): void
  /** To be awaited before process.exit(); waits for syslog no longer than half a second. Idempotent. */
  close(): Promise<void>
}

const lastWordsMs = 500

/** @throws NunicornError `bad-settings` if the file cannot be opened. */
export async function openLog(options: LogOptions, ports: LogPorts = {}): Promise<Log> {
  const { stderr = process.stderr, now = Date.now } = ports
  const { level, file: path, syslog } = options
  const onStderr = path === '-'
  const onTerminal = stderr.isTTY === true
  const isPretty =
    options.format === 'pretty' || (options.format === 'auto' && onStderr && onTerminal)
  const colorful = onTerminal && stderr.hasColors?.() === true
  const format = isPretty ? prettyFormat({ color: onStderr && colorful }) : lazily(jsonFormat)
  const forStderr = isPretty ? prettyFormat({ color: colorful }) : format
  const file = onStderr ? undefined : open(path, { onTrouble, onMended })
  const sender = syslog && (await senderFor(syslog.to, { onTrouble: distress, onMended: relief }))
  let closed = false

  const inTime = isPretty ? { write, settle() {} } : afterTheStart(write)
  const logger = createLogger({ level, pid: process.pid, now, write: inTime.write })

  function write(record: LogRecord): void {
    writeLocally(record)
    if (sender && syslog) send(record, { sender, syslog })
  }

  function writeLocally(record: LogRecord): void {
    if (file) file.write(format(record))
    else stderr.write(format(record))
  }

  function send(
    record: LogRecord,
    { sender, syslog }: { sender: SyslogSender; syslog: NonNullable<LogOptions['syslog']> },
  ): void {
    const { facility, appName } = syslog
    const text = isPretty ? wordsOf(record) : format(record).trimEnd()
    sender.send(syslogMessage(record, text, { facility, appName, hostname: hostname() }))
  }

  /** About the file: stderr is what is left. */
  function onTrouble(message: string): void {
    stderr.write(forStderr(ownWords('error', message)))
  }

  function onMended(lost: number): void {
    logger.warning(`The log file ${path} can be written again; ${lost} entries were lost`)
  }

  /** About syslog: not to syslog. */
  function distress(message: string): void {
    writeLocally(ownWords('error', message))
  }

  function relief(lost: number): void {
    writeLocally(ownWords('warning', `Syslog can be reached again; ${lost} messages were lost`))
  }

  function ownWords(level: LogLevel, message: string): LogRecord {
    return { level, message, at: now(), pid: process.pid, fields: {} }
  }

  async function close(): Promise<void> {
    if (closed) return
    closed = true
    inTime.settle()
    await finish(sender)
    file?.close()
  }

  return {
    logger,
    onStderr,
    settle: inTime.settle,
    reopen() {
      inTime.settle()
      file?.reopen()
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function lazily(make: () => LogFormat): LogFormat {
  let format: LogFormat | undefined
  return (record) => (format ??= make())(record)
}

/** The timer also keeps the process: sockets of syslog do not. */
async function finish(sender: SyslogSender | undefined): Promise<void> {
  if (sender === undefined) return
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), lastWordsMs)
  await sender.flush(deadline.signal)
  clearTimeout(timer)
  sender.close()
}

function open(path: string, events: Omit<Parameters<typeof openLogFile>[0], 'path'>): LogFile {
  try {
    return openLogFile({ path, ...events })
  } catch (error) {
    throw new NunicornError({
      code: 'bad-settings',
      message: `The log file ${path} cannot be opened: ${error instanceof Error ? error.message : String(error)}.`,
      hint: 'Check that its directory exists and may be written to, or give another path with --error-logfile.',
      cause: error,
    })
  }
}
