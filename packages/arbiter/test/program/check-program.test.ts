import type { Program } from '@nunicorn/contract'
import { describe, expect, it } from 'vitest'

import type { Checkup } from '../../src/check-app.ts'
import { checkProgram } from '../../src/program/check-program.ts'

const node = process.execPath

function check(program: Partial<Program>): Promise<Checkup> {
  return checkProgram({
    program: { name: 'exec', command: ['/srv/serve', '--fast'], readiness: 'connect', ...program },
    directory: '/',
    env: {},
    bootTimeoutMs: 20_000,
  })
}

describe('the check of a program', () => {
  it('says of one that cannot check its app that it is there, and was not started', async () => {
    expect(await check({})).toEqual({
      shown:
        'The settings are fine, and /srv/serve is there and may be executed; it was not started.',
    })
  })

  it.each([
    [{}, 'its own check of the app has passed; it was not started'],
    [{ checked: 'the app has parts; none was moved' }, 'the app has parts; none was moved'],
  ])('says of one that can what that has shown: %j', async (more, words) => {
    expect(await check({ check: [node, '-e', ''], ...more })).toEqual({
      shown: `The settings are fine, and ${words}.`,
    })
  })

  it('tells how a check has failed', async () => {
    expect(await check({ check: [node, '-e', 'process.exit(4)'], checked: 'all' })).toMatchObject({
      fault: { code: 'program-failed', message: expect.stringContaining('exit code 4') },
    })
  })
})
