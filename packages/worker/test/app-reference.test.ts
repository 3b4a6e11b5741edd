import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseAppReference } from '../src/app-reference.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 100)

describe('parseAppReference', () => {
  it.each([
    ['app.ts', { path: 'app.ts', exportName: undefined, isFactory: false }],
    ['app', { path: 'app', exportName: undefined, isFactory: false }],
    ['./src/app.js:server', { path: './src/app.js', exportName: 'server', isFactory: false }],
    ['app.ts:createApp()', { path: 'app.ts', exportName: 'createApp', isFactory: true }],
    ['app.ts:$größe', { path: 'app.ts', exportName: '$größe', isFactory: false }],
    ['src/(group)/app', { path: 'src/(group)/app', exportName: undefined, isFactory: false }],
    ['C:\\app.js:app', { path: 'C:\\app.js', exportName: 'app', isFactory: false }],
    ['a:b:c', { path: 'a:b', exportName: 'c', isFactory: false }],
  ])('reads %s', (text, reference) => expect(parseAppReference(text)).toEqual(reference))

  it.each(['', 'app.ts:make(1)', 'app.ts()', 'one\ntwo'])(
    'refuses %j and says what is wanted',
    (text) => {
      expect(() => parseAppReference(text)).toThrow(
        expect.objectContaining({
          code: 'bad-app',
          hint: expect.stringContaining('path:factory()'),
        }),
      )
    },
  )

  const path = fc.stringMatching(/^[^:()\n\r\u2028\u2029]+$/)
  const exportName = fc.stringMatching(/^[A-Za-z$_][\w$]*$/)

  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('app', '.ts', ':', '(', ')', '()', '\n', '\0', ' ', 'ü', '$'))
      .map((parts) => parts.join('')),
  )

  it('gives back what a reference was made of', () => {
    fc.assert(
      fc.property(
        path,
        fc.option(exportName, { nil: undefined }),
        fc.boolean(),
        (path, exportName, call) => {
          const isFactory = call && exportName !== undefined
          const text =
            exportName === undefined ? path : `${path}:${exportName}${isFactory ? '()' : ''}`
          expect(parseAppReference(text)).toEqual({ path, exportName, isFactory })
        },
      ),
      { numRuns },
    )
  })

  it('either understands a text or refuses it with bad-app, and loses no character of it', () => {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const { path, exportName, isFactory } = parseAppReference(text)
          const suffix = exportName === undefined ? '' : `:${exportName}${isFactory ? '()' : ''}`
          expect(path + suffix).toBe(text)
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-app' })
        }
      }),
      { numRuns },
    )
  })

  it.each(['(', ':', 'a:', 'a', 'a:b()', '\u{10ffff}'])(
    'takes no time worth speaking of for 100,000 times %j',
    (part) => {
      const startedAt = performance.now()
      outcomeOf(part.repeat(100_000))
      // A pattern that tries every pair of characters takes several seconds.
      expect(performance.now() - startedAt).toBeLessThan(1_000)
    },
  )
})

function outcomeOf(text: string): unknown {
  try {
    return parseAppReference(text)
  } catch (error) {
    return error
  }
}
