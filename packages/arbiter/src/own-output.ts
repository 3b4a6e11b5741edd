import { closeSync, constants, fstatSync, openSync } from 'node:fs'

/** Where a child's output goes, as `spawn` wants it; to be disposed of once the child has it. */
export interface Output extends Disposable {
  readonly stdio: number | 'inherit'
}

/**
 * A way of its own for a child into the pipe that is our stdout or stderr. Whether writing waits is a property of the open
 * file description (open(2)), which `inherit` shares: libuv makes it wait in every child that it starts, and Node once
 * more when one ends. Then a reader that has stalled would stop all workers, and the arbiter, in their next write(2).
 *
 * Terminals are opened anew by libuv itself, files never wait, and sockets cannot be opened anew.
 */
export function ownOutput(fd: 1 | 2): Output {
  try {
    if (!fstatSync(fd).isFIFO()) return inherited
    const own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK)
    return { stdio: own, [Symbol.dispose]: () => closeSync(own) }
  } catch {
    // No /proc, a pipe of another user, or one whose reader has gone.
    return inherited
  }
}

const inherited: Output = { stdio: 'inherit', [Symbol.dispose]() {} }
