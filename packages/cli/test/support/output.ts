import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'

import type { Project } from './project.ts'

/** Something that output can be sent to, and that takes none, sooner or later. */
export interface BadOutput extends Disposable {
  /** The descriptor to write to, for a child process. */
  readonly fd: number
}

/** A disk without space left: each write fails with ENOSPC. */
export function fullDisk(): BadOutput {
  const fd = openSync('/dev/full', 'w')
  return { fd, [Symbol.dispose]: () => closeSync(fd) }
}

/** A pipe whose reader never reads: it takes 64 KiB and no more. */
export function stalledPipe(project: Project): BadOutput {
  const { reader, writer } = openPipe(project)
  return {
    fd: writer,
    [Symbol.dispose]() {
      closeSync(writer)
      closeSync(reader)
    },
  }
}

/** A pipe whose reader has gone: each write fails with EPIPE. */
export function closedPipe(project: Project): BadOutput {
  const { reader, writer } = openPipe(project)
  closeSync(reader)
  return { fd: writer, [Symbol.dispose]: () => closeSync(writer) }
}

/** As a shell makes it; what Node gives its children as a pipe is a socket. */
function openPipe(project: Project): { readonly reader: number; readonly writer: number } {
  const path = project.path('pipe')
  execFileSync('mkfifo', [path])
  // Opening a fifo waits for the other side, unless told not to.
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return { reader, writer: openSync(path, constants.O_WRONLY) }
}
