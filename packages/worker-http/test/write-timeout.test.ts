import type { Socket } from 'node:net'

import { describe, expect, it, vi } from 'vitest'

import { createWriteTimeout } from '../src/write-timeout.ts'

/** A socket as far as the sweep can see it. */
function fakeSocket({ queued }: { readonly queued: number }) {
  const handle = { bytesWritten: 1_000 + queued, writeQueueSize: queued }
  const destroy = vi.fn<() => void>()
  return { handle, destroy, socket: { writableLength: queued, _handle: handle, destroy } }
}

/** Lets `seconds` pass, one sweep each; `each` happens in between. */
function sweepFor(seconds: number, fake: ReturnType<typeof fakeSocket>, each: () => void) {
  const notes: string[] = []
  const sweep = createWriteTimeout(3_000, (line) => notes.push(line))
  const connections = [{ socket: fake.socket as unknown as Socket, exchanges: [] }]
  for (let second = 0; second <= seconds && notes.length === 0; second += 1) {
    sweep(connections, second * 1_000)
    each()
  }
  return notes
}

describe('the write timeout', () => {
  it('disconnects a client that has taken nothing for so long', () => {
    const fake = fakeSocket({ queued: 500 })
    expect(sweepFor(2, fake, () => {})).toEqual([])
    expect(fake.destroy).not.toHaveBeenCalled()
    expect(sweepFor(3, fake, () => {})).toHaveLength(1)
    expect(fake.destroy).toHaveBeenCalledOnce()
  })

  it('does not take an app that goes on writing for a client that takes something', () => {
    const fake = fakeSocket({ queued: 500 })
    const write = (): void => {
      fake.handle.bytesWritten += 100
      fake.handle.writeQueueSize += 100
    }
    expect(sweepFor(3, fake, write)).toHaveLength(1)
  })

  it('lets a client take its time that takes a byte now and then', () => {
    const fake = fakeSocket({ queued: 500 })
    expect(sweepFor(100, fake, () => (fake.handle.writeQueueSize -= 1))).toEqual([])
  })

  it('sees under TLS what the kernel takes, although the whole write still waits', () => {
    const fake = fakeSocket({ queued: 500 })
    const tcp = { bytesWritten: 1_600, writeQueueSize: 600 }
    Object.assign(fake.handle, { _parent: tcp })
    expect(sweepFor(100, fake, () => (tcp.writeQueueSize -= 1))).toEqual([])
    expect(sweepFor(3, fake, () => {})).toHaveLength(1)
  })

  it('has nothing against a connection on which nothing waits', () => {
    expect(sweepFor(100, fakeSocket({ queued: 0 }), () => {})).toEqual([])
  })
})
