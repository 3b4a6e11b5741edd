import { bindUnixHandle, type Handle } from './native-handle.ts'

/**
 * Keeps a second nunicorn off an address from the moment it is bound. A bound socket refuses connections until the first
 * worker is ready, so until then nobody can tell by looking that the address is taken: the kernel lets the same user bind
 * a TCP port twice, and a Unix socket looks dead. An abstract Unix socket is a lock that the kernel itself releases
 * when its owner dies, and that is seen as far as the port is: within the network namespace.
 *
 * @param name what is claimed, the same in every process
 * @returns the lock, released by closing it; undefined where the kernel has no abstract sockets (not Linux)
 * @throws SystemError `EADDRINUSE` when another process holds it
 */
export function claim(name: string): Handle | undefined {
  if (process.platform !== 'linux') return undefined
  return bindUnixHandle(`\0nunicorn ${short(name)}`)
}

/** An abstract name ends at 107 bytes. What fits is not hashed: to load node:crypto takes 3 ms and 2 MB. */
function short(name: string): string {
  if (Buffer.byteLength(name) <= longest) return name
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(name).digest('hex')
}

const longest = 64
