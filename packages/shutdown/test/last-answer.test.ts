import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { sayClose } from '../src/last-answer.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300)

const name = fc.oneof(
  fc.constantFrom('Connection', 'connection', 'CONNECTION', 'Keep-Alive', 'X-One', '__proto__'),
  fc.constantFrom('', 'bad name', 'ü'),
)
const value = fc.oneof(
  fc.constantFrom('keep-alive', 'close', 'upgrade', 'x', '', 'a\r\nb'),
  fc.nat(),
  fc.array(fc.constantFrom('x', 'keep-alive'), { maxLength: 2 }),
)
/** What stands where a name or a value should. */
const odd = fc.constantFrom(undefined, null, 7, true, {}, Symbol('word'))
const nameOrOdd = fc.oneof({ weight: 9, arbitrary: name }, { weight: 1, arbitrary: odd })
const valueOrOdd = fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: odd })
const pair = fc.tuple(nameOrOdd, valueOrOdd)

const headers = fc.oneof(
  fc.dictionary(name, valueOrOdd, { maxKeys: 4 }),
  fc.array(pair, { maxLength: 4 }),
  fc.array(pair, { maxLength: 4 }).map((pairs) => pairs.flat()),
  fc.array(fc.oneof(pair, nameOrOdd, valueOrOdd), { maxLength: 5 }),
  fc.constantFrom(undefined, null, new Map([['Connection', 'keep-alive']])),
)

const calls = fc.oneof(
  fc.tuple(fc.constantFrom<unknown>(200, 204, 304, '200', 99, undefined), headers),
  fc.tuple(fc.constant<unknown>(200), fc.constantFrom<unknown>('OK', undefined, 17), headers),
  fc.tuple(fc.constant<unknown>(200)),
)

/** `setHeader` calls before; headers set so are merged with those of `writeHead` in another way. */
const earlier = fc.array(
  fc.tuple(
    fc.constantFrom('connection', 'X-Two'),
    fc.constantFrom('keep-alive', 'close', 'upgrade', 'x'),
  ),
  { maxLength: 2 },
)

describe('an answer that shall be the last', () => {
  it('is what Node would have written, but for the connection headers, whatever writeHead is given', () => {
    fc.assert(
      fc.property(earlier, calls, (before, args) => {
        const plain = headOf({ before, args, last: false })
        const last = headOf({ before, args, last: true })
        if (isHead(plain)) expect(withoutConnection(last)).toEqual(withoutConnection(plain))
        if (isHead(last)) {
          const connection = last.match(/^connection: .*$/gim) ?? []
          expect(connection.length).toBeGreaterThan(0)
          for (const line of connection) expect(line).toMatch(/^connection: close$/i)
        } else {
          // Of two mistakes Node may name the other: a value of Connection that it refuses is replaced like any.
          if (last !== plain) expect(last).toMatch(/^ERR_|Symbol/)
        }
      }),
      { numRuns },
    )
  })

  it.each([
    [[200, { Connection: 'keep-alive' }]],
    [[200, 'OK', { connection: 'keep-alive' }]],
    [[200, ['CONNECTION', 'keep-alive']]],
    [[200, [['Connection', 'keep-alive']]]],
    [[200]],
  ])('closes where writeHead is called with %j', (args) => {
    expect(headOf({ before: [], args, last: true })).toMatch(/\r\nconnection: close\r\n/i)
  })
})

interface Answering {
  readonly before: readonly (readonly [string, string])[]
  readonly args: readonly unknown[]
  readonly last: boolean
}

/** The head that goes out; or the code of the error that `writeHead` throws. */
function headOf({ before, args, last }: Answering): string {
  const request = new IncomingMessage(new Socket())
  Object.assign(request, { httpVersionMajor: 1, httpVersionMinor: 1, method: 'GET' })
  const answer = new ServerResponse(request)
  for (const [name, value] of before) answer.setHeader(name, value)
  answer.sendDate = false
  sayClose(answer, () => last)
  try {
    Reflect.apply(answer.writeHead, answer, copyOf(args))
    return (answer as unknown as { readonly _header: string })._header
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

function isHead(text: string): boolean {
  return text.startsWith('HTTP/')
}

function withoutConnection(head: string): readonly string[] {
  return head.split('\r\n').filter((line) => !/^(connection|keep-alive):/i.test(line))
}

/** Node adds to the arrays that it is given (`appendHeader`), which fast-check needs as they were. */
function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyOf) as T
  if (typeof value !== 'object' || value === null || value instanceof Map) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)])) as T
}
