import { closeSync, openSync } from 'node:fs'

import { NunicornError } from '@nunicorn/contract'
import { describe, expect, it } from 'vitest'

import { findInherited, type Inherited, parseAddress, readInherited } from '../src/index.ts'
import type { KernelSocket } from '../src/kernel-socket.ts'

const pid = 4_711
const listening: KernelSocket = {
  family: 'tcp',
  type: 'stream',
  address: '127.0.0.1:8000',
  state: 'listening',
}
const look = (): KernelSocket => listening

describe('readInherited', () => {
  const read = (env: Readonly<Record<string, string>>): readonly Inherited[] =>
    readInherited({ env, pid, look })

  it('numbers the descriptors from 3 and names them', () => {
    const env = { LISTEN_FDS: '3', LISTEN_PID: '4711', LISTEN_FDNAMES: 'web:unknown:admin' }
    expect(read(env)).toEqual([
      { fd: 3, name: 'web', kernel: listening },
      { fd: 4, kernel: listening },
      { fd: 5, name: 'admin', kernel: listening },
    ])
  })

  it('reads descriptors without names', () => {
    expect(read({ LISTEN_FDS: '1', LISTEN_PID: '4711' })).toEqual([{ fd: 3, kernel: listening }])
  })

  it.each([
    {},
    { LISTEN_FDS: '1' },
    { LISTEN_FDS: '1', LISTEN_PID: '4712' },
    { LISTEN_FDS: 'many', LISTEN_PID: '4711' },
    { LISTEN_FDS: '-1', LISTEN_PID: '4711' },
    { LISTEN_FDS: '0', LISTEN_PID: '4711' },
  ] as readonly Record<string, string>[])('finds none in %j', (env) => {
    expect(read(env)).toEqual([])
  })
})

describe('findInherited', () => {
  const passed: readonly Inherited[] = [
    { fd: 3, name: 'web', kernel: listening },
    {
      fd: 4,
      name: 'admin',
      kernel: { family: 'unix', type: 'stream', address: '/run/admin.sock' },
    },
    { fd: 5, name: 'web', kernel: { ...listening, address: '[::1]:8000' } },
    { fd: 6, name: 'log', kernel: { family: 'unix', type: 'datagram' } },
    { fd: 7, name: 'one', kernel: { ...listening, state: 'connected' } },
    { fd: 998, name: 'pipe' },
  ]
  const find = (...bind: readonly string[]): unknown =>
    findInherited(bind.map(parseAddress), passed)
  const fd = (socket: number): object => ({ type: 'inherited', socket })

  it('finds every socket that has the name, and each one once', () => {
    expect(find('fd://web')).toEqual([fd(3), fd(5)])
    expect(find('fd://3', 'fd://web')).toEqual([fd(3), fd(5)])
  })

  it('leaves other addresses as they are, in their place', () => {
    expect(find('fd://admin', '127.0.0.1:9000', 'fd://web')).toEqual([
      fd(4),
      { type: 'tcp', host: '127.0.0.1', port: 9000 },
      fd(3),
      fd(5),
    ])
  })

  it.each([
    ['fd://wep', 'no-such-socket', 'no socket of that name'],
    ['fd://log', 'not-a-socket', 'a datagram socket'],
    ['fd://one', 'not-a-socket', 'Accept=no'],
    ['fd://pipe', 'not-a-socket', 'it is not open'],
    ['fd://999', 'not-a-socket', 'it is not open'],
  ])('refuses %s and lists what was passed', (text, code, why) => {
    const error = thrownBy(() => find(text))
    expect(error).toBeInstanceOf(NunicornError)
    expect(error.code).toBe(code)
    expect(error.message).toContain(`Cannot use ${text}`)
    expect(error.message).toContain(why)
    expect(error.message).toContain('fd 3 "web" (tcp 127.0.0.1:8000, listening)')
    expect(error.message).toContain('fd 6 "log" (unix datagram)')
    expect(error.hint).toBeDefined()
  })

  it('says that nothing was passed where that is so', () => {
    expect(thrownBy(() => findInherited([parseAddress('fd://web')], [])).message).toContain(
      'No descriptor was passed',
    )
  })

  it('refuses a file, also one that LISTEN_FDS does not speak of', () => {
    const file = openSync(import.meta.filename, 'r')
    try {
      expect(
        thrownBy(() => findInherited([{ type: 'inherited', socket: file }], [])).message,
      ).toContain('it is no socket')
    } finally {
      closeSync(file)
    }
  })
})

function thrownBy(act: () => unknown): NunicornError {
  try {
    act()
  } catch (error) {
    return error as NunicornError
  }
  throw new Error('nothing was thrown')
}
