import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'

import { describe, expect, it } from 'vitest'

import { httpClass } from '../src/index.ts'

describe('httpClass', () => {
  it.each([
    ['a listener', (): void => {}],
    ['an async listener', async (): Promise<void> => {}],
    ['an http.Server', createServer()],
    ['an https.Server', createSecureServer()],
  ])('takes %s', (_what, app) => expect(httpClass.accepts?.(app)).toBe(true))

  it.each([
    ['a class', class App {}],
    ['an object', { fetch: (): void => {} }],
    ['nothing', undefined],
  ])('does not take %s', (_what, app) => expect(httpClass.accepts?.(app)).toBe(false))
})
