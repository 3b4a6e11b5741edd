import { accept, refuse, type Kind } from './kind.ts'

/** The name of an HTTP header (RFC 9110 5.6.2). */
export const header: Kind = {
  placeholder: () => 'NAME',
  read: (value) =>
    typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value)
      ? accept(value)
      : refuse(value, 'the name of a header', 'Give a name such as X-Request-ID, or none.'),
  schema: () => ({ type: 'string', minLength: 1 }),
}
