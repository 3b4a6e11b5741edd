/**
 * Makes a text that a client has sent one that can do no harm between the quotes of a log line: printable ASCII, in which
 * quotes and backslashes have a backslash before them. What else there is becomes `\xHH`, the bytes of its UTF-8, or, where
 * Node has read a byte for a character, as it does in headers, that byte.
 *
 * @param limit how many characters the result may have; beyond that it ends in `...`
 */
export function escapeText(value: string, limit: number = Infinity): string {
  if (value.length <= limit && !harmful.test(value)) return value
  return cut(value, { limit, escape: escapeOne })
}

/** The same for where there are no quotes: there a space would begin another field. */
export function escapeField(value: string, limit: number = Infinity): string {
  return value === '' ? '-' : escapeText(value, limit).replaceAll(' ', String.raw`\x20`)
}

/** A JSON string of printable ASCII, so that no terminal finds an escape sequence in it either. */
export function escapeJson(value: string, limit: number = Infinity): string {
  if (value.length <= limit && !harmful.test(value)) return `"${value}"`
  return `"${cut(value, { limit, escape: escapeOneForJson })}"`
}

const harmful = /[^ !#-[\]-~]/
const ellipsis = '...'

interface Cut {
  readonly limit: number
  readonly escape: (character: string) => string
}

/** Never in the middle of an escape sequence. */
function cut(value: string, { limit, escape }: Cut): string {
  let text = ''
  let fitting = ''
  for (const character of value) {
    text += harmful.test(character) ? escape(character) : character
    if (text.length > limit) return fitting + ellipsis
    if (text.length <= limit - ellipsis.length) fitting = text
  }
  return text
}

function escapeOne(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`
  const code = character.charCodeAt(0)
  if (character.length === 1 && code <= 0xff) return hex(code)
  return [...Buffer.from(character)].map(hex).join('')
}

function hex(byte: number): string {
  return String.raw`\x${byte.toString(16).padStart(2, '0')}`
}

function escapeOneForJson(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`
  return character
    .split('')
    .map((unit) => unicode(unit.charCodeAt(0)))
    .join('')
}

function unicode(code: number): string {
  return String.raw`\u${code.toString(16).padStart(4, '0')}`
}
