import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { splitLines } from '../src/lines.ts'
import { ProtocolError, readRequest } from '../src/protocol.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 500)

describe('splitLines', () => {
  it('finds the same lines however the bytes arrive', () => {
    const words = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constant('é\n\n\u{1f984}')))
    fc.assert(
      fc.property(words, fc.array(fc.nat(20)), (texts, cuts) => {
        const bytes = Buffer.from(`${texts.join('\n')}\n`)
        const lines = splitLines(1_000_000)
        const found = [...inPieces(bytes, cuts)].flatMap((piece) => [...lines.add(piece)])
        const expected = bytes
          .toString()
          .split('\n')
          .slice(0, -1)
          .map((line) => line.trim())
        expect(found).toEqual(expected)
        expect(lines.waitingBytes).toBe(0)
      }),
      { numRuns },
    )
  })

  it('refuses a line that grows beyond the limit, ended or not, and none that is just as long', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.array(fc.nat(50)), (length, cuts) => {
        const lines = splitLines(100)
        const feed = (): void => {
          for (const piece of inPieces(Buffer.alloc(length, 'x'), cuts))
            Array.from(lines.add(piece))
        }
        if (length > 100) expect(feed).toThrow(RangeError)
        else expect(feed).not.toThrow()
      }),
      { numRuns },
    )
  })
})

describe('readRequest', () => {
  it('reads a request or says by JSON-RPC what is wrong, whatever the line', () => {
    const almost = fc.record(
      {
        jsonrpc: fc.oneof(fc.constant('2.0'), fc.jsonValue()),
        id: fc.jsonValue(),
        method: fc.oneof(fc.string(), fc.jsonValue()),
        params: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      almost.map((value) => JSON.stringify(value)),
    )
    fc.assert(
      fc.property(line, (text) => {
        try {
          expect(readRequest(text)).toMatchObject({ jsonrpc: '2.0', method: expect.any(String) })
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
          expect([-32_700, -32_600]).toContain((error as ProtocolError).code)
        }
      }),
      { numRuns },
    )
  })
})

function* inPieces(bytes: Buffer, cuts: readonly number[]): Generator<Buffer> {
  let from = 0
  for (const cut of cuts) {
    yield bytes.subarray(from, from + cut)
    from += cut
  }
  yield bytes.subarray(from)
}
