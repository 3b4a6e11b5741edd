import { durationPattern, formatDuration, longestDurationMs, parseDuration } from '../duration.ts'
import { nearest } from '../nearest.ts'
import { accept, refuse, type Kind } from './kind.ts'

export const text: Kind = {
  placeholder: () => 'TEXT',
  read: (value) =>
    typeof value === 'string' && value !== '' && !value.includes('\0')
      ? accept(value)
      : refuse(value, 'a text with something in it', 'Give a text, or leave the setting out.'),
  schema: () => ({ type: 'string', minLength: 1 }),
}

export const path: Kind = { ...text, placeholder: () => 'PATH' }

export const pathOrOff: Kind = {
  placeholder: () => 'PATH|false',
  fromText: (written) => (switchWords.get(written.toLowerCase()) === false ? false : written),
  read: (value) => (value === false ? accept(false) : text.read(value, { type: 'path' })),
  schema: () => ({ anyOf: [{ const: false }, { type: 'string', minLength: 1 }] }),
}

/** The largest C int: what `listen` takes for its backlog, and plenty for anything else. */
const largestInteger = 2 ** 31 - 1

export const integer: Kind = {
  placeholder: ({ word }) => (word === undefined ? 'N' : `N|${word}`),
  // A number that JavaScript would round is left as it was written, to be refused as such.
  fromText: (written) =>
    /^-?\d+$/.test(written) && Number.isSafeInteger(Number(written)) ? Number(written) : written,
  read: (value, { minimum = 0, word }) => {
    const number =
      typeof value === 'symbol' || typeof value === 'object' ? Number.NaN : Number(value)
    const fits = Number.isInteger(value) && minimum <= number && number <= largestInteger
    if (fits || (word !== undefined && value === word)) return accept(value)
    const range = number > largestInteger ? `at most ${largestInteger}` : `at least ${minimum}`
    const mend =
      word === undefined ? `Give ${minimum} or more.` : `Give ${minimum} or more, or ${word}.`
    return refuse(value, `a whole number of ${range}`, mend)
  },
  schema: ({ minimum = 0, word }) => {
    const numbers = { type: 'integer', minimum, maximum: largestInteger }
    return word === undefined ? numbers : { anyOf: [numbers, { const: word }] }
  },
}

export const duration: Kind = {
  placeholder: () => 'TIME',
  read: (value, { minimum = 0 }) => {
    const isWritten = typeof value === 'number' || typeof value === 'string'
    const durationMs = isWritten ? parseDuration(value) : undefined
    if (durationMs !== undefined && durationMs >= minimum) return accept(durationMs)
    const expected = minimum === 0 ? 'a time' : `a time of at least ${formatDuration(minimum)}`
    return refuse(
      value,
      expected,
      'Give seconds (30) or a number with its unit (500ms, 2m, 1h), at most 24 days.',
    )
  },
  write: (durationMs: number) => formatDuration(durationMs),
  schema: ({ minimum = 0 }) => ({
    anyOf: [
      { type: 'number', minimum: minimum / 1000, maximum: longestDurationMs / 1000 },
      { type: 'string', pattern: durationPattern },
    ],
  }),
}

export const onOff: Kind = {
  placeholder: () => '',
  fromText: (written) => switchWords.get(written.toLowerCase()) ?? written,
  read: (value) =>
    typeof value === 'boolean'
      ? accept(value)
      : refuse(value, 'true or false', 'Give true or false.'),
  schema: () => ({ type: 'boolean' }),
}

const switchWords: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['false', false],
  ['0', false],
  ['no', false],
])

/** More than these are for the explanation to describe. */
const mostShown = 8

export const choice: Kind = {
  placeholder: ({ choices = [] }) => (choices.length > mostShown ? 'NAME' : choices.join('|')),
  // As in Gunicorn, which takes `--log-level INFO`.
  fromText: (written) => written.toLowerCase(),
  read: (value, { choices = [] }) => {
    if (typeof value === 'string' && choices.includes(value)) return accept(value)
    const meant = typeof value === 'string' ? nearest(value, choices) : undefined
    const expected = `one of ${choices.join(', ')}`
    return refuse(
      value,
      expected,
      meant === undefined ? 'Give one of these.' : `Did you mean ${meant}?`,
    )
  },
  schema: ({ choices = [] }) => ({ enum: choices }),
}
