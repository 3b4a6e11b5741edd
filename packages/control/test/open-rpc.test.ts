import { readFileSync } from 'node:fs'

import { expect, it } from 'vitest'

import { openRpc } from '../src/index.ts'

it('the published schema is that of the table; if not, run `npx pnpm --filter @nunicorn/control generate`', () => {
  const published = readFileSync(new URL('../openrpc.json', import.meta.url), 'utf8')
  expect(openRpc()).toEqual(JSON.parse(published))
})
