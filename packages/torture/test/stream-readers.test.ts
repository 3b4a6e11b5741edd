import type { Writable } from 'node:stream'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as ws from 'ws'

import { createAnswerReader } from '../src/answer-reader.ts'
import { MalformedAnswer } from '../src/answer.ts'
import { createEventStreamReader } from '../src/event-stream.ts'
import {
  clientFrame,
  createMessageReaders,
  type WebSocketMessage,
} from '../src/websocket-frames.ts'

const { Receiver, Sender } = ws as unknown as Frames
const cuts = fc.array(fc.nat(), { maxLength: 12 })

describe('a body that is read piece by piece', () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 })
  it.each(['chunked', 'length', 'until-close'] as const)('is whole: %s', (framing) => {
    fc.assert(
      fc.property(chunks, cuts, (parts, at) => {
        const body = Buffer.concat(parts)
        const got: Buffer[] = []
        const reader = createAnswerReader('GET', { onBody: (piece) => got.push(piece) })
        let answer
        for (const piece of pieces(encode(parts, framing), at)) {
          if (piece.length === 0) continue
          expect(answer).toBeUndefined()
          answer = reader.push(piece)
        }
        answer ??= reader.end()
        expect(answer).toMatchObject({ status: 200, body: Buffer.alloc(0) })
        expect(Buffer.concat(got)).toEqual(body)
        expect(reader.rest()).toHaveLength(0)
      }),
    )
  })
})

describe('an event stream', () => {
  it('is read as the HTML standard shows', () => {
    const { events } = read('data: YHOO\ndata: +2\ndata: 10\n\n', [])
    expect(events).toEqual([{ event: 'message', data: 'YHOO\n+2\n10', id: '' }])
    const stream =
      ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n'
    expect(read(`${stream}\n`, []).events).toEqual([
      { event: 'message', data: 'first event', id: '1' },
      { event: 'message', data: 'second event', id: '' },
      { event: 'message', data: ' third event', id: '' },
    ])
    expect(read(stream, [])).toMatchObject({ isWithinEvent: true, events: { length: 2 } })
    expect(read('data\n\ndata\ndata\n\ndata:', [])).toMatchObject({
      events: [{ data: '' }, { data: '\n' }],
      isWithinEvent: true,
    })
    expect(read('event: add\ndata: 1\r\n\r\n', []).events).toMatchObject([{ event: 'add' }])
  })

  it('is read in the same way however it is cut into pieces', () => {
    const line = fc.constantFrom(
      'data: ä€😀',
      'data',
      'event: x',
      'id: 7',
      ': comment',
      '',
      'data:a',
      'other',
    )
    const stream = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 12 })
    fc.assert(
      fc.property(stream, cuts, (lines, at) => {
        const text = lines.flat().join('')
        expect(read(text, at)).toEqual(read(text, []))
        // Not with '' and a line feed as the last line: behind a CR they would be one CRLF.
        expect(
          read(
            `${text}

`,
            at,
          ).isWithinEvent,
        ).toBe(false)
      }),
    )
  })

  function read(text: string, at: readonly number[]) {
    const reader = createEventStreamReader()
    const events = pieces(Buffer.from(text), at).flatMap((piece) => reader.push(piece))
    return { events, isWithinEvent: reader.isWithinEvent }
  }
})

describe('the frames of a WebSocket', () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 130 }),
    fc.constantFrom(65_535, 65_536).map((length) => new Uint8Array(length).fill(7)),
  )

  it('are read in the same way however they are cut into pieces', () => {
    const message = fc.tuple(
      fc.constantFrom<WebSocketMessage['type'][]>('binary', 'ping', 'pong'),
      payload,
    )
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), cuts, (messages, at) => {
        const sent = messages.map(([type, data]): WebSocketMessage => {
          return {
            type,
            data: Buffer.from(type === 'binary' ? data : data.subarray(0, 125)),
          }
        })
        const bytes = Buffer.concat(sent.map(serverFrame))
        expect(readAll(pieces(bytes, at))).toEqual(sent)
      }),
    )
  })

  it('are put together from fragments, with others between them', () => {
    const fragments = [
      Buffer.from([0x01, 2]),
      Buffer.from('ab'),
      Buffer.from([0x89, 0]),
      Buffer.from([0x00, 0]),
      Buffer.from([0x80, 1]),
      Buffer.from('c'),
    ]
    expect(readAll([Buffer.concat(fragments)])).toEqual([
      { type: 'ping', data: Buffer.alloc(0) },
      { type: 'text', data: Buffer.from('abc') },
    ])
  })

  it('are understood by another implementation', async () => {
    await fc.assert(
      fc.asyncProperty(payload, async (data) => {
        const receiver = new Receiver({ isServer: true })
        const received = new Promise((resolve, reject) => {
          receiver.on('message', resolve).on('error', reject)
        })
        receiver.write(clientFrame('binary', data))
        expect(await received).toEqual(Buffer.from(data))
      }),
      { numRuns: 30 },
    )
  })

  it.each([
    ['masked', [0x82, 0x80, 0, 0, 0, 0]],
    ['of an extension', [0xc2, 0]],
    ['of an unknown type', [0x83, 0]],
    ['a continuation of nothing', [0x80, 0]],
    ['a new message within one', [0x01, 0, 0x01, 0]],
    ['a control frame in fragments', [0x09, 0]],
    ['a long control frame', [0x89, 126, 0, 126]],
    ['half a close code', [0x88, 1, 3]],
    ['text that is not UTF-8', [0x81, 1, 0xff]],
    ['endless', [0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0]],
  ])('are refused when they are %s', (_, bytes) => {
    expect(() => readAll([Buffer.from(bytes)])).toThrow(MalformedAnswer)
    expect(() => readAll(bytes.map((byte) => Buffer.from([byte])))).toThrow(MalformedAnswer)
  })

  function serverFrame({ type, data }: WebSocketMessage): Buffer {
    const opcode = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 }[type]
    const options = { fin: true, rsv1: false, opcode, mask: false, readOnly: true }
    return Buffer.concat(Sender.frame(data, options))
  }

  /** As a connection does it: a reader for each, which begins with what the one before has left. */
  function readAll(parts: readonly Buffer[]): WebSocketMessage[] {
    const nextReader = createMessageReaders()
    const messages: WebSocketMessage[] = []
    let reader = nextReader()
    for (let part of parts) {
      for (let message = reader.push(part); message; message = reader.push(part)) {
        messages.push(message)
        part = reader.rest()
        reader = nextReader()
      }
    }
    return messages
  }
})

/** What @types/ws does not know of. */
interface Frames {
  readonly Sender: { frame(data: Buffer, options: object): Buffer[] }
  readonly Receiver: new (options: object) => Writable
}

function encode(
  parts: readonly Uint8Array[],
  framing: 'chunked' | 'length' | 'until-close',
): Buffer {
  const body = Buffer.concat(parts)
  const head = {
    chunked: 'Transfer-Encoding: chunked\r\n',
    length: `Content-Length: ${body.length}\r\n`,
    'until-close': '',
  }[framing]
  const chunks = parts.flatMap((part) => [`${part.length.toString(16)}\r\n`, part, '\r\n'])
  const content = framing === 'chunked' ? [...chunks, '0\r\n\r\n'] : [body]
  return Buffer.concat(
    [`HTTP/1.1 200 OK\r\n${head}\r\n`, ...content].map((part) => Buffer.from(part)),
  )
}

function pieces(bytes: Buffer, at: readonly number[]): Buffer[] {
  const offsets = at.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)
  return [...offsets, bytes.length].map((end, index) =>
    bytes.subarray(offsets[index - 1] ?? 0, end),
  )
}
