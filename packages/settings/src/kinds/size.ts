import { formatSize, parseSize, sizePattern } from '../size.ts'
import { accept, refuse, type Kind } from './kind.ts'

/** A number of bytes; 0, which is `off`, is always one. The minimum is there to catch those who leave the unit out. */
export const size: Kind = {
  placeholder: () => 'SIZE',
  read: (value, { minimum = 0 }) => {
    const isWritten = typeof value === 'number' || typeof value === 'string'
    const bytes = isWritten ? parseSize(value) : undefined
    if (bytes === 0 || (bytes !== undefined && bytes >= minimum)) return accept(bytes)
    const expected = minimum === 0 ? 'a size' : `a size of at least ${formatSize(minimum)}`
    return refuse(
      value,
      expected,
      'Give a number with its unit (512mb, 1.5gb), or 0 to turn it off.',
    )
  },
  write: (bytes: number) => (bytes === 0 ? 0 : formatSize(bytes)),
  schema: ({ minimum = 0 }) => ({
    anyOf: [{ const: 0 }, { type: 'number', minimum }, { type: 'string', pattern: sizePattern }],
  }),
}
