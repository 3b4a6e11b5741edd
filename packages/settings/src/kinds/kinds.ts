import type { Row } from '../row.ts'
import { accessFormat } from './access-format.ts'
import { address, addresses } from './addresses.ts'
import { header } from './header.ts'
import type { Kind } from './kind.ts'
import { networks } from './networks.ts'
import { choice, duration, integer, onOff, path, pathOrOff, text } from './scalars.ts'
import { size } from './size.ts'
import { syslog } from './syslog.ts'
import { texts } from './texts.ts'
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
  networks,
  header,
  texts,
  accessFormat,
  syslog,
}
