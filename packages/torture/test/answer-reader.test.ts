import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createAnswerReader } from '../src/answer-reader.ts'
import { type Answer, MalformedAnswer } from '../src/answer.ts'

describe('a valid answer', () => {
  it('is read in the same way however it is cut into pieces', () => {
    fc.assert(
      fc.property(validAnswer(), fc.array(fc.nat(), { maxLength: 12 }), (valid, cuts) => {
        const bytes = encode(valid)
        expect(read(pieces(bytes, cuts), valid)).toEqual(read([bytes], valid))
        expect(read([bytes], valid)).toMatchObject({ answer: expected(valid), rest: '' })
      }),
      { numRuns: 1000 },
    )
  })

  it('is read in the same way when cut at any one offset, or at all of them', () => {
    const head =
      'HTTP/1.1 103 \r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n'
    const bytes = Buffer.from(
      `${head}3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nEnd: \t yes \r\n\r\nrest`,
    )
    const whole = read([bytes])
    expect(whole).toMatchObject({ answer: { interim: [103], body: 'abc0123456789' }, rest: 'rest' })
    expect(whole.answer?.trailers).toEqual(new Map([['end', 'yes']]))
    for (let at = 0; at <= bytes.length; at++)
      expect(read(pieces(bytes, [at])).answer).toEqual(whole.answer)
    expect(read(pieces(bytes, [...bytes.keys()])).answer).toEqual(whole.answer)
  })

  it('is not complete before its last byte', () => {
    fc.assert(
      fc.property(validAnswer(), fc.nat(), (valid, cut) => {
        fc.pre(valid.framing !== 'until-close')
        const bytes = encode(valid)
        expect(read([bytes.subarray(0, cut % bytes.length)], valid).answer).toBeUndefined()
      }),
    )
  })

  it('has no body when it answers HEAD, or is a 204 or a 304', () => {
    const length = 'Content-Length: 5\r\n\r\n'
    expect(readText(`HTTP/1.1 200 OK\r\n${length}`, 'HEAD').answer?.body).toBe('')
    expect(
      readText('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'HEAD').answer?.body,
    ).toBe('')
    expect(readText(`HTTP/1.1 304 Not Modified\r\n${length}`).answer?.body).toBe('')
    expect(readText('HTTP/1.1 204 No Content\r\n\r\n').answer?.body).toBe('')
  })

  it('says whether its connection can be used again, and for how long', () => {
    const persistence = (version: string, ...headers: string[]) =>
      readText([`HTTP/${version} 204 No Content`, ...headers, '', ''].join('\r\n')).answer
    expect(persistence('1.1')).toMatchObject({ keepsOpen: true, promisedIdleMs: undefined })
    expect(persistence('1.1', 'Connection: foo, Close')).toMatchObject({ keepsOpen: false })
    expect(persistence('1.1', 'Connection: foo', 'connection: close')).toMatchObject({
      keepsOpen: false,
    })
    expect(persistence('1.1', 'Keep-Alive: max=9, timeout=5')).toMatchObject({
      promisedIdleMs: 5000,
    })
    expect(persistence('1.0')).toMatchObject({ keepsOpen: false })
    expect(persistence('1.0', 'Connection: keep-alive')).toMatchObject({ keepsOpen: true })
  })

  it('ends with its connection when it says neither its length nor chunked', () => {
    const { answer } = readText('HTTP/1.1 200 OK\r\n\r\nall there is')
    expect(answer).toMatchObject({ body: 'all there is', keepsOpen: false })
  })
})

describe('a malformed answer', () => {
  const ok = 'HTTP/1.1 200 OK\r\n'
  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH\r\n'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['no reason, nor the blank before it', 'HTTP/1.1 200\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
    ['a bare carriage return', `${ok}A: b\rC: d\r\n\r\n`],
    ['a blank before the colon', `${ok}A : b\r\n\r\n`],
    ['a folded header', `${ok}A: b\r\n c\r\n\r\n`],
    ['a header without a colon', `${ok}nonsense\r\n\r\n`],
    ['a NUL in a header', `${ok}A: \0\r\n\r\n`],
    ['a length that is no number', `${ok}Content-Length: 5x\r\n\r\n`],
    ['a negative length', `${ok}Content-Length: -5\r\n\r\n`],
    ['two lengths', `${ok}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`],
    ['both length and chunks', `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['a coding that nobody asked for', `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`],
    ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a 204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n'],
    ['a 103 with a length', 'HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\n\r\n'],
    ['a chunk size that is no number', `${ok}Transfer-Encoding: chunked\r\n\r\n0x5\r\n`],
    ['a chunk longer than its size', `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n`],
    ['an endless line', `${ok}A: ${'b'.repeat(70_000)}`],
    ['endless headers', ok + 'A: b\r\n'.repeat(300)],
  ])('with %s is refused', (_, text) => {
    expect(() => createAnswerReader('GET').push(Buffer.from(text))).toThrow(MalformedAnswer)
    const reader = createAnswerReader('GET')
    expect(() =>
      pieces(Buffer.from(text), [3, 17, 25]).forEach((piece) => reader.push(piece)),
    ).toThrow(MalformedAnswer)
  })
})

interface ValidAnswer {
  readonly method: string
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly interim: readonly number[]
  readonly framing: 'length' | 'chunked' | 'until-close'
  readonly chunks: readonly Uint8Array[]
}

function validAnswer(): fc.Arbitrary<ValidAnswer> {
  const name = fc.stringMatching(/^[A-Za-z][\w!#$%&'*+.^`|~-]{0,9}$/).map((text) => `x-${text}`)
  const value = fc.stringMatching(/^[\x21-\x7e]([\t\x20-\x7e]{0,20}[\x21-\x7e])?$/)
  return fc.record({
    method: fc.constantFrom('GET', 'POST', 'HEAD'),
    status: fc.constantFrom(101, 200, 201, 204, 304, 404, 500, 503),
    headers: fc.array(fc.tuple(name, value), { maxLength: 5 }),
    interim: fc.array(fc.constantFrom(100, 102, 103), { maxLength: 2 }),
    framing: fc.constantFrom('length', 'chunked', 'until-close'),
    chunks: fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 }),
  })
}

function encode({ method, status, headers, interim, framing, chunks }: ValidAnswer): Buffer {
  const bodiless = status === 101 || status === 204
  const body = Buffer.concat(chunks)
  const framings = {
    length: `Content-Length: ${body.length}\r\n`,
    chunked: 'Transfer-Encoding: chunked\r\n',
    'until-close': '',
  }
  const head = [
    ...interim.map((code) => `HTTP/1.1 ${code} \r\n\r\n`),
    `HTTP/1.1 ${status} whatever\r\n`,
    ...headers.map(([name, value]) => `${name}: ${value}\r\n`),
    `${bodiless ? '' : framings[framing]}\r\n`,
  ].join('')
  if (bodiless || status === 304 || method === 'HEAD') return Buffer.from(head)
  if (framing !== 'chunked') return Buffer.concat([Buffer.from(head), body])
  const parts = chunks.flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n'])
  return Buffer.concat([head, ...parts, '0\r\n\r\n'].map((part) => Buffer.from(part)))
}

function expected({ method, status, interim, chunks }: ValidAnswer) {
  const bodiless = [101, 204, 304].includes(status) || method === 'HEAD'
  return { status, interim, body: bodiless ? '' : Buffer.concat(chunks).toString('latin1') }
}

function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const offsets = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)
  return [...offsets, bytes.length].map((end, index) =>
    bytes.subarray(offsets[index - 1] ?? 0, end),
  )
}

/** The answer, with a body that is easy to compare, and what was left. */
function read(parts: readonly Buffer[], { method } = { method: 'GET' }) {
  const reader = createAnswerReader(method)
  const left: Buffer[] = []
  let answer: Answer | undefined
  for (const part of parts) {
    if (answer) left.push(part)
    else answer = reader.push(part)
  }
  answer ??= reader.end()
  const rest = Buffer.concat([reader.rest(), ...left]).toString()
  return { answer: answer && { ...answer, body: answer.body.toString('latin1') }, rest }
}

function readText(text: string, method = 'GET') {
  return read([Buffer.from(text)], { method })
}
