/** Writes the schema, which is derived and checked in; a test fails when it is out of date. */
import { writeFileSync } from 'node:fs'
import { openRpc } from '@nunicorn/control'

writeFileSync(
  new URL('../openrpc.json', import.meta.url),
  `${JSON.stringify(openRpc(), null, 2)}\n`,
)
