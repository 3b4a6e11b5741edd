/** Bytes that both sides know, so that a download can be compared with what was sent. */
export function patternOf(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let index = 0; index < length; index += 1) bytes[index] = (index * 31 + (index >> 8)) & 0xff
  return bytes
}
