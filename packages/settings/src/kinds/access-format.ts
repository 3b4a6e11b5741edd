import { accept, refuse, type Kind } from './kind.ts'

/** A word for a format, or a format string in which every percent sign means something. */
export const accessFormat: Kind = {
  placeholder: () => 'FORMAT',
  read: (value) =>
    typeof value === 'string' && isFormat(value)
      ? accept(value)
      : refuse(
          value,
          'a format of access log lines',
          'Give combined, json, or a text in which %(h)s and the like stand for values and %% for a percent sign.',
        ),
  schema: () => ({ type: 'string', minLength: 1 }),
}

function isFormat(text: string): boolean {
  return (
    text === 'combined' || text === 'json' || /^(?=.*%\()(?:[^%\0\n]|%%|%\([^)]*\)s)+$/.test(text)
  )
}
