import type { Row } from '../row.ts'
import { address, addresses } from './addresses.ts'
import type { Kind } from './kind.ts'
import { choice, duration, integer, onOff, path, pathOrOff, text } from './scalars.ts'
import { size } from './size.ts'
import { udpAddress } from './udp-address.ts'
import { variables } from './variables.ts'

/** Every kind of value, by the `type` that a row names. */
export const kinds: { readonly [Type in Row['type']]: Kind } = {
  text,
  path,
  pathOrOff,
  integer,
  duration,
  size,
  switch: onOff,
  choice,
  address,
  addresses,
  'udp-address': udpAddress,
  variables,
}
