import { testWorkerClass } from '@nunicorn/testing'
import { Hono } from 'hono'
import { Hono as LowestHono } from 'hono-lowest'
import { describe } from 'vitest'

import { honoClass } from '../src/index.ts'
import { addRoutes } from './conformance-app.ts'

describe.each([
  ['the latest Hono', Hono],
  ['the lowest Hono', LowestHono as unknown as typeof Hono],
])('with %s', (_which, Hono) => {
  testWorkerClass(honoClass, { app: () => addRoutes(new Hono()) })
})
