import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { describe, expect, it } from 'vitest'

import { openDebugSocket } from '../src/diagnose/debug-socket.ts'
import { createFrameReader, textFrame } from '../src/diagnose/frames.ts'

/** As a server sends it: without a mask. */
function frame(head: readonly number[], body: string): Buffer {
  return Buffer.concat([Buffer.from(head), Buffer.from(body)])
}

function readAll(chunks: readonly Buffer[]): readonly string[] {
  const said: string[] = []
  const read = createFrameReader({
    onText: (message) => said.push(message),
    onEnd: () => said.push('(end)'),
  })
  for (const chunk of chunks) read(chunk)
  return said
}

describe('what an inspector says', () => {
  const middle = 'm'.repeat(300)
  const long = 'ü'.repeat(40_000)
  const stream = Buffer.concat([
    frame([0x81, 5], 'short'),
    frame([0x81, 126, 300 >> 8, 300 & 255], middle),
    frame([0x89, 0], ''),
    frame([0x81, 127, 0, 0, 0, 0, 0, 1, 0x38, 0x80], long),
    frame([0x01, 3], 'in '),
    frame([0x80, 6], 'pieces'),
    frame([0x88, 0], ''),
  ])
  const expected = ['short', middle, long, 'in pieces', '(end)']

  it('is understood whatever its length, in fragments, and beside pings', () => {
    expect(readAll([stream])).toEqual(expected)
  })

  it('is understood in whatever pieces it comes', () => {
    const pieces = Array.from(stream.subarray(0, 2_000), (byte) => Buffer.from([byte]))
    expect(readAll([...pieces, stream.subarray(2_000)])).toEqual(expected)
  })

  it('is not read for ever when it never ends', () => {
    const endless = frame([0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0], 'x')
    const more = Buffer.alloc(33 * 1024 * 1024)
    expect(readAll([endless, more, more])).toEqual(['(end)'])
  })
})

it.each([5, 200, 70_000])(
  'what is said to it in %i characters can be read by a server',
  (length) => {
    const bytes = textFrame('x'.repeat(length))
    // A server reads the same but for the mask, which is all zeros.
    const at = { 5: 2, 200: 4, 70_000: 10 }[length]!
    const unmasked = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 4)])
    expect(bytes[1]! & 0x80).toBe(0x80)
    unmasked[1]! &= 0x7f
    expect(readAll([unmasked])).toEqual(['x'.repeat(length)])
  },
)

it('a server that speaks only HTTP is the end of it, once', async () => {
  await using server = createServer((_request, response) => response.end('no'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const events: string[] = []
  await new Promise<void>((resolve) => {
    const socket = openDebugSocket(`ws://127.0.0.1:${port}/id`, {
      onOpen: () => events.push('open'),
      onMessage: (text) => events.push(text),
      onEnd() {
        events.push('end')
        resolve()
      },
    })
    socket.send({ id: 1 })
  })
  expect(events).toEqual(['end'])
})
