import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { NunicornError, reportError } from '../src/index.ts'
import { make, recipes, revokedProxy } from './hostile-values.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 500)

describe('reportError', () => {
  it('keeps code, message and hint of our own errors, and the stack of their cause', () => {
    const cause = new Error('inner')
    const report = reportError(
      new NunicornError({ code: 'app-threw', message: 'It threw.', hint: 'Mend it.', cause }),
    )
    expect(report).toMatchObject({ code: 'app-threw', message: 'It threw.', hint: 'Mend it.' })
    expect(report.stack).toMatch(/^Error: inner\n {4}at /)
  })

  it('leaves out the stack where the message says it all', () => {
    expect(reportError(new NunicornError({ code: 'no-app', message: 'It is no app.' }))).toEqual({
      code: 'no-app',
      message: 'It is no app.',
    })
  })

  it('cuts what an app has put a document into, and says how much is left out', () => {
    const { message, stack } = reportError(new Error('x'.repeat(20_000)))
    expect(message).toMatch(/^x{12288} \.{3} \(3616 characters more\) \.{3} x{4096}$/)
    expect(stack?.length).toBeLessThan(17_000)
    // Where it was thrown is still there.
    expect(stack).toMatch(/x\n {4}at .*errors\.test\.ts/)
    expect(reportError('y'.repeat(20_000)).message).toMatch(/y \.{3} \(\d+ characters more\)/)
  })

  it('knows those of another copy of this package', () => {
    const other = Object.assign(new Error('It listens already.'), {
      name: 'NunicornError',
      code: 'bad-app',
      hint: 'Remove listen().',
    })
    expect(reportError(other)).toEqual({
      code: 'bad-app',
      message: 'It listens already.',
      hint: 'Remove listen().',
    })
  })

  it('leaves out the frames of a whole folder that called the code of the user', () => {
    const error = new Error('x')
    error.stack = 'Error: x\n    at file:///app.ts:1:1\n    at load (file:///n/dist/chunk-1.js:2:2)'
    expect(reportError(error, { caller: 'file:///n/dist/' }).stack).toBe(
      'Error: x\n    at file:///app.ts:1:1',
    )
  })

  it('says what was thrown where the cause of our own error is no Error', () => {
    const error = new NunicornError({
      code: 'app-threw',
      message: 'It threw.',
      cause: 'no database',
    })
    expect(reportError(error).stack).toBe('a value that is no Error was thrown: no database')
  })

  it('takes any value that was thrown', () => {
    expect(reportError('a text')).toEqual({
      code: 'app-threw',
      message: 'a value that is no Error was thrown: a text',
    })
    expect(reportError(undefined).message).toContain('undefined')
  })

  it("drops Node's own frames and the caller's, which say nothing to the user", () => {
    const error = new Error('on purpose')
    error.stack = [
      'Error: on purpose',
      '    at file:///app/app.ts:3:7',
      '    at ModuleJob.run (node:internal/modules/esm/module_job:561:25)',
      '    at async loadApp (file:///nunicorn/main.js:10:1)',
    ].join('\n')
    const report = reportError(error, { caller: 'file:///nunicorn/main.js' })
    expect(report.stack).toBe('Error: on purpose\n    at file:///app/app.ts:3:7')
  })

  it('survives the trip between processes', () => {
    const report = reportError(new TypeError('bad'))
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  it('makes texts of whatever was thrown, fit for that trip, and never throws itself', () => {
    fc.assert(
      fc.property(recipes, fc.boolean(), (recipe, ours) => {
        const thrown = make(recipe)
        const error = ours
          ? new NunicornError({ code: 'app-threw', message: 'It threw.', cause: thrown })
          : thrown
        const report = reportError(error, { caller: 'file:///nunicorn/main.js' })
        expect(JSON.parse(JSON.stringify(report))).toEqual(report)
        for (const value of Object.values(report)) expect(value).toBeTypeOf('string')
        expect(report.code).toBe('app-threw')
      }),
      { numRuns },
    )
  })

  it('keeps the message of an error whose stack cannot be read', () => {
    const error = new Error('no database')
    Object.defineProperty(error, 'stack', {
      get() {
        throw new Error('on purpose')
      },
    })
    expect(reportError(error)).toEqual({
      code: 'app-threw',
      message: 'no database',
      stack: 'Error: no database',
    })
  })

  it.each([
    ['an object without a prototype', Object.create(null)],
    ['a revoked proxy', revokedProxy()],
    ['an object that cannot be made a text', { toString: 1, valueOf: 1 }],
  ])('takes %s', (_, thrown) => {
    expect(reportError(thrown).message).toBe(
      'a value that is no Error was thrown: it cannot be shown',
    )
  })

  it.each([17n, { text: 'a record' }, Symbol('word')])(
    'makes a text of a message that is %o',
    (message) => {
      expect(reportError(Object.assign(new Error(), { message })).message).toBe(String(message))
    },
  )
})
