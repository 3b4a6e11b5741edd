import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { WriteStream } from 'node:tty'

export interface GuardOptions {
  /** How much may wait for a reader that has stopped reading; 1 MiB if not given. */
  readonly limitBytes?: number
}

export interface OutputGuard extends Disposable {
  /** What could not be written since the guard was set up. */
  readonly dropped: { readonly chunks: number; readonly bytes: number }
  /**
   * Resolves once all that was written before has left the process, or `deadline` aborts. To be awaited before
   * process.exit(), which throws away what a slow reader has not taken yet.
   */
  flush(deadline: AbortSignal): Promise<void>
  /** Gives the stream back as it was. Idempotent. */
  close(): void
}

/**
 * Makes process.stdout or process.stderr harmless. Unguarded, a full disk (ENOSPC), a reader that has gone (EPIPE) or a
 * closed terminal (EIO) ends a Node process at its second or third line, and a reader that has stopped makes its memory
 * grow without bound. Guarded, such output is dropped and counted, and writing resumes by itself when it can.
 *
 * Nobody is told of a failure, neither by an 'error' event nor by a write callback: whoever writes to standard output
 * has no better place to complain. One chunk is always let into an empty buffer, whatever its size.
 */
export function guardOutput(stream: Writable, options: GuardOptions = {}): OutputGuard {
  const { limitBytes = 1024 * 1024 } = options
  const dropped = { chunks: 0, bytes: 0 }
  const write = stream.write.bind(stream)

  function drop(chunk: unknown, encoding: BufferEncoding | undefined): void {
    dropped.chunks += 1
    dropped.bytes += sizeOf(chunk, encoding)
  }

  const restore = override(stream, {
    write: boundedWrite(stream, { limitBytes, write, drop }),
    _write: failproofWrite(stream, drop),
    // Without it buffered chunks go through _write one by one, and each that fails is counted.
    _writev: undefined,
  })
  // What is left is misuse, such as a write after end().
  stream.on('error', ignore)
  setBlocking(stream, false)
  return {
    dropped,
    flush: (deadline) =>
      new Promise((resolve) => {
        if (stream.writableLength === 0 || deadline.aborted) return resolve()
        deadline.addEventListener('abort', () => resolve(), { once: true })
        write('', () => resolve())
      }),
    close() {
      restore()
      stream.off('error', ignore)
      setBlocking(stream, true)
    },
    [Symbol.dispose]() {
      this.close()
    },
  }
}

type Done = (error?: Error | null) => void
type Drop = (chunk: unknown, encoding: BufferEncoding | undefined) => void
type Overrides = { [Method in 'write' | '_write' | '_writev']: Writable[Method] | undefined }

interface Bound {
  readonly limitBytes: number
  readonly write: Writable['write']
  readonly drop: Drop
}

/** Drops what does not fit any more. */
function boundedWrite(stream: Writable, { limitBytes, write, drop }: Bound): Writable['write'] {
  return (chunk: unknown, encodingOrDone?: BufferEncoding | Done, lastDone?: Done): boolean => {
    const [encoding, done] =
      typeof encodingOrDone === 'function'
        ? [undefined, encodingOrDone]
        : [encodingOrDone, lastDone]
    const waiting = stream.writableLength
    if (waiting === 0 || waiting + sizeOf(chunk, encoding) <= limitBytes)
      return write(chunk, encoding as BufferEncoding, done)
    drop(chunk, encoding)
    if (done) process.nextTick(done)
    // False only if a 'drain' event will follow, or a pipe() into this stream would wait for ever.
    return !stream.writableNeedDrain
  }
}

/** Keeps the error of a failed write from the stream, which it would destroy. */
function failproofWrite(stream: Writable, drop: Drop): Writable['_write'] {
  const write = isFile(stream) ? writeToFile(stream.fd) : stream._write.bind(stream)
  return (chunk, encoding, done) => {
    write(chunk, encoding, (error) => {
      if (error) drop(chunk, encoding)
      done()
    })
  }
}

/** Node's own stream for files takes a short write, the first sign of a full disk, for a whole one. */
function writeToFile(fd: number): Writable['_write'] {
  return (chunk: Buffer, _encoding, done) => {
    try {
      for (let written = 0; written < chunk.length;) written += writeSync(fd, chunk, written)
    } catch (error) {
      return done(error as Error)
    }
    done()
  }
}

/** Whether this is what Node puts in place of stdout for files: neither pipe nor terminal, and it writes synchronously. */
function isFile(stream: Writable): stream is Writable & { readonly fd: number } {
  return !(stream instanceof Socket) && typeof (stream as { fd?: unknown }).fd === 'number'
}

/**
 * Node blocks the whole process while a terminal takes no output: Ctrl-S would stop the arbiter and every worker, and then
 * the arbiter would kill the workers for being silent. No public function turns this off. Pipes do not block anyway.
 */
function setBlocking(stream: Writable, blocking: boolean): void {
  if (!(stream instanceof WriteStream)) return
  const { _handle: handle } = stream as { _handle?: { setBlocking?(blocking: boolean): unknown } }
  handle?.setBlocking?.(blocking)
}

/** Overrides methods on the instance; the returned function uncovers those of the class again. */
function override(stream: Writable, methods: Overrides): () => void {
  const names = ['write', '_write', '_writev'] as const
  const before = names.map((name) => Object.getOwnPropertyDescriptor(stream, name))
  Object.assign(stream, methods)
  return () => {
    names.forEach((name, index) => {
      const own = before[index]
      if (own) Object.defineProperty(stream, name, own)
      else Reflect.deleteProperty(stream, name)
    })
  }
}

function sizeOf(chunk: unknown, encoding: BufferEncoding | undefined): number {
  if (typeof chunk === 'string') return Buffer.byteLength(chunk, encoding)
  return ArrayBuffer.isView(chunk) ? chunk.byteLength : 0
}

function ignore(): void {}
