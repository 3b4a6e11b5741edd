import { inspect } from 'node:util'

/** Any value on one line of a message: quoted, escaped, shortened, and never running code of the value's own. */
export function showValue(value: unknown): string {
  return inspect(value, {
    breakLength: Number.POSITIVE_INFINITY,
    customInspect: false,
    depth: 1,
    maxArrayLength: 5,
    maxStringLength: 80,
  })
}
