import { NunicornError } from '@nunicorn/contract'

import { type Address, formatAddress } from './address.ts'

/**
 * Says what is wrong with `address` and how to mend it, given what bind(2), connect(2), stat(2) or getaddrinfo(3) said.
 * An error that it has no words for is returned as it is.
 */
export function explainBindError(address: Address, cause: unknown): unknown {
  const explanation = (address.type === 'unix' ? unixErrors : tcpErrors)[
    (cause as NodeJS.ErrnoException).code ?? ''
  ]
  if (explanation === undefined) return cause
  const { code, why, hint } = explanation
  return new NunicornError({
    code,
    message: `Cannot bind ${formatAddress(address)}: ${why}.`,
    hint,
    cause,
  })
}

/** An error such as Node's own functions throw: `EADDRINUSE`. */
export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code })
}

interface Explanation {
  readonly code: string
  readonly why: string
  readonly hint: string
}

const notAvailable: Explanation = {
  code: 'address-not-available',
  why: 'this machine has no such address',
  hint: 'Write 127.0.0.1 for this machine only, or 0.0.0.0 for every interface; `ip address` lists what there is.',
}

const unknownHost: Explanation = {
  code: 'host-not-found',
  why: 'the host name is not known here',
  hint: 'Write an address of this machine: 127.0.0.1 for this machine only, or 0.0.0.0 for every interface.',
}

const tcpErrors: Readonly<Record<string, Explanation>> = {
  EADDRINUSE: {
    code: 'address-in-use',
    why: 'it is in use by another server',
    hint: 'Stop the other server (`ss -ltnp` names it), or choose another port.',
  },
  EACCES: {
    code: 'address-denied',
    why: 'this user may not bind ports below 1024',
    hint: 'Choose a port from 1024 up, let systemd open the socket, or run `setcap cap_net_bind_service=+ep` on the Node binary.',
  },
  EADDRNOTAVAIL: notAvailable,
  EAFNOSUPPORT: notAvailable,
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
}

const noDirectory: Explanation = {
  code: 'no-such-directory',
  why: 'the directory of the socket file does not exist',
  hint: 'Create the directory, or choose a path in one that exists.',
}

const notWritable: Explanation = {
  code: 'address-denied',
  why: 'this user may not create or replace that file',
  hint: 'Choose a path in a directory that this user can write to.',
}

const notASocket: Explanation = {
  code: 'not-a-socket',
  why: 'something that is not a stream socket is at that path',
  hint: 'Move it away or choose another path: nunicorn replaces nothing but a dead socket.',
}

const unixErrors: Readonly<Record<string, Explanation>> = {
  EADDRINUSE: {
    code: 'address-in-use',
    why: 'it is in use by another server',
    hint: 'Stop the other server (`ss -lxp` names it), or choose another path.',
  },
  EACCES: notWritable,
  EPERM: notWritable,
  EROFS: notWritable,
  ENOTSOCK: notASocket,
  EPROTOTYPE: notASocket,
  ENOENT: noDirectory,
  ENOTDIR: noDirectory,
  ENAMETOOLONG: {
    code: 'path-too-long',
    why: 'the path of a socket can have at most 107 bytes (103 on macOS)',
    hint: 'Choose a shorter path, such as one in /run.',
  },
}
