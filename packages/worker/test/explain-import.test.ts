import { NunicornError } from '@nunicorn/contract'
import { describe, expect, it } from 'vitest'

import { explainImport } from '../src/explain-import.ts'

function fail(): never {
  throw new Error('it does not like to be looked at')
}

const { proxy, revoke } = Proxy.revocable({}, {})
revoke()

describe('explainImport', () => {
  it.each([
    ['a text', 'no database'],
    ['nothing', undefined],
    ['a revoked proxy', proxy],
    ['an object without a prototype', Object.create(null)],
    ['an error whose code throws', Object.defineProperty(new Error('x'), 'code', { get: fail })],
    [
      'a syntax error whose stack throws',
      Object.defineProperty(new SyntaxError('x'), 'stack', { get: fail }),
    ],
    [
      'a syntax error whose stack is no text',
      Object.defineProperty(new SyntaxError('x'), 'stack', { value: Object.create(null) }),
    ],
  ])('says that the app failed when it threw %s', (_, thrown) => {
    const error = explainImport(thrown, '/app/app.js')
    expect(error).toBeInstanceOf(NunicornError)
    expect(error).toMatchObject({
      code: 'app-threw',
      message: 'The app /app/app.js failed while it was imported.',
    })
    expect(error.cause).toBe(thrown)
  })

  it('bears TypeScript that cannot be stripped with a message that is no text', () => {
    const error = Object.assign(new Error(), {
      code: 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
      message: 17n,
    })
    expect(explainImport(error, '/app/app.ts')).toMatchObject({ code: 'app-syntax' })
  })
})
