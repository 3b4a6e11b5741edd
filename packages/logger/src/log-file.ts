import { closeSync, constants, openSync, writeSync } from 'node:fs'

/** A file that log lines are added to. Nothing that happens to it ends the process or makes it wait. */
export interface LogFile {
  /** Says whether all of it has been written. */
  write(lines: string | Buffer): boolean
  /** Goes on with the file that has the path's name now. If that cannot be opened, with the one it has; see `onTrouble`. */
  reopen(): void
  close(): void
}

export interface LogFileOptions {
  readonly path: string
  /** Lines are lost from now on, or the file could not be opened anew. Called once until it is mended. */
  readonly onTrouble: (message: string) => void
  /** It can be written again; so many writes were lost. */
  readonly onMended: (lost: number) => void
}

/**
 * Each write goes to the kernel at once, so there is nothing to flush and nothing that a death can take. pino's own
 * destination for files (sonic-boom) waits and retries when a disk is full; here, as everywhere in nunicorn, output that
 * cannot be written is dropped and counted.
 *
 * @throws the system's error if it cannot be opened.
 */
export function openLogFile({ path, onTrouble, onMended }: LogFileOptions): LogFile {
  let fd = open(path)
  let lost = 0
  /** Whether the last line that is in the file is not whole. */
  let torn = false

  /** A short write is the first sign of a full disk. */
  function writeAll(chunk: Buffer): void {
    let written = 0
    try {
      while (written < chunk.length) written += writeSync(fd, chunk, written)
    } finally {
      if (written > 0) torn = chunk[written - 1] !== newline
    }
  }

  function write(lines: string | Buffer): boolean {
    try {
      const chunk = typeof lines === 'string' ? Buffer.from(lines) : lines
      writeAll(torn ? Buffer.concat([Buffer.from('\n'), chunk]) : chunk)
    } catch (error) {
      lost += 1
      if (lost === 1)
        onTrouble(`The log file ${path} cannot be written: ${textOf(error)}. Lines are being lost.`)
      return false
    }
    const missing = lost
    lost = 0
    if (missing > 0) onMended(missing)
    return true
  }

  function reopen(): void {
    try {
      const before = fd
      fd = open(path)
      torn = false
      closeSync(before)
    } catch (error) {
      onTrouble(
        `The log file ${path} cannot be opened anew: ${textOf(error)}. The log goes on in the file that was open.`,
      )
    }
  }

  return { write, reopen, close: () => closeSync(fd) }
}

const newline = 0x0a

/** Not blocking: opening a fifo without a reader, or writing to one that is full, would stop the arbiter. */
function open(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK)
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
