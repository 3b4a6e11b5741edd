import { accept, refuse, type Kind } from './kind.ts'

/** Any texts, in their order. */
export const texts: Kind = {
  placeholder: () => 'TEXT',
  // They may hold commas and blanks, but hardly ever a line break.
  separator: '\n',
  read: (value) => {
    // Array.from, because `every` passes over the holes of an array.
    const list: readonly unknown[] = Array.isArray(value) ? Array.from(value) : [value]
    return list.every(isText)
      ? accept(list)
      : refuse(value, 'a list of texts', 'Give texts: ["--port", "3000"].')
  },
  schema: () => ({ type: 'array', items: { type: 'string' } }),
}

/** Whether execve(2) can pass it on. */
function isText(item: unknown): item is string {
  return typeof item === 'string' && !item.includes('\0')
}
