import { describe, expect, it } from 'vitest'

import { NunicornError, reportError } from '../src/index.ts'

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
})
