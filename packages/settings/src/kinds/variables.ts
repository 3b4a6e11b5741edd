import { accept, refuse, type Kind } from './kind.ts'

export const variables: Kind = {
  placeholder: () => 'KEY=VALUE',
  // The values of environment variables hold commas, but hardly ever a line break.
  separator: '\n',
  read: (value) => {
    // Array.from, because `map` and `every` pass over the holes of an array.
    const pairs = Array.isArray(value) ? Array.from(value, splitPair) : entriesOf(value)
    return pairs?.every(isVariable)
      ? accept(Object.fromEntries(pairs))
      : refuse(
          value,
          'a set of variables',
          'Give KEY=VALUE; in a config file { KEY: "value" }, each value a text.',
        )
  },
  schema: () => ({
    anyOf: [
      { type: 'object', additionalProperties: { type: 'string' } },
      { type: 'array', items: { type: 'string', pattern: '^[^=]+=' } },
    ],
  }),
}

type Pair = readonly [key: string, value: unknown]

function splitPair(text: unknown): Pair | undefined {
  if (typeof text !== 'string') return undefined
  const end = text.indexOf('=')
  return end === -1 ? undefined : [text.slice(0, end), text.slice(end + 1)]
}

function entriesOf(value: unknown): Pair[] | undefined {
  return isPlainObject(value) ? Object.entries(value) : undefined
}

/** Whether it is a mere record; a Map or a Date has no entries to speak of. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** Whether execve(2) can pass it on. */
function isVariable(pair: Pair | undefined): pair is readonly [string, string] {
  if (pair === undefined) return false
  const [key, value] = pair
  return /^[^=\0]+$/.test(key) && typeof value === 'string' && !value.includes('\0')
}
