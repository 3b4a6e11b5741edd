import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { splitWords } from '../src/split-words.ts'

describe('splitWords', () => {
  it.each([
    ['server --fd {fd}', ['server', '--fd', '{fd}']],
    [`python3 -c 'print("a b")'`, ['python3', '-c', 'print("a b")']],
    [String.raw`a\ b "c \"d\"" ''`, ['a b', 'c "d"', '']],
    ['  spaced   out  ', ['spaced', 'out']],
    [`echo '|' "&&"`, ['echo', '|', '&&']],
  ])('takes %j apart as a shell does', (text, words) => {
    expect(splitWords(text)).toEqual(words)
  })

  it.each([
    'a | b',
    'a && b',
    'a > file',
    'echo $HOME',
    'a ; b',
    `open 'quote`,
    `open "quote`,
    '',
    '  ',
  ])('refuses %j, which only a shell could run', (text) => {
    expect(() => splitWords(text)).toThrow(expect.objectContaining({ code: 'bad-app' }))
  })

  it('reads back whatever is quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => {
        const text = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')
        expect(splitWords(text)).toEqual(words)
      }),
    )
  })
})
