import { onOneLine } from './on-one-line.ts'

const longest = 200

/** Any value on one line of a message: quoted, escaped, shortened, and never running code of the value's own. */
export function showValue(value: unknown): string {
  const text = onOneLine(inspectValue(value))
  return text.length > longest ? `${text.slice(0, longest)}...` : text
}

function inspectValue(value: unknown): string {
  // Importing node:util would read all its exports, among which are node:worker_threads: 2 ms in every process.
  const { inspect } = process.getBuiltinModule('node:util')
  try {
    return inspect(value, {
      breakLength: Number.POSITIVE_INFINITY,
      customInspect: false,
      depth: 1,
      maxArrayLength: 5,
      maxStringLength: 80,
    })
  } catch {
    // A name or a tag that is a getter, and throws.
    return `a value that cannot be shown (${typeof value})`
  }
}
