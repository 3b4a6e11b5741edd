import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { execClass, findExecutable } from '../src/index.ts'

let directory = ''

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nunicorn-exec-'))
  await mkdir(join(directory, 'bin'))
  await mkdir(join(directory, 'bin/folder'))
  await writeFile(join(directory, 'bin/server'), '#!/bin/sh\n')
  await chmod(join(directory, 'bin/server'), 0o755)
  await writeFile(join(directory, 'data'), '')
})
afterEach(() => rm(directory, { recursive: true }))

describe('the file of a program', () => {
  it('is looked for in PATH, or from the working directory if it has a slash', () => {
    const env = { PATH: `/nowhere:${directory}/bin` }
    expect(findExecutable('server', { directory, env })).toBe(`${directory}/bin/server`)
    expect(findExecutable('./bin/server', { directory, env: {} })).toBe(`${directory}/bin/server`)
  })

  it.each([
    ['server', /"server" is in no folder of PATH/],
    ['./server', /\/server does not exist/],
    ['./data', /\/data may not be executed/],
    ['./bin/folder', /\/bin\/folder does not exist/],
  ])('is refused: %s', (name, message) => {
    expect(() => findExecutable(name, { directory, env: { PATH: '/nowhere' } })).toThrow(message)
  })
})

describe('-k exec', () => {
  const order = (app: string, probe?: string): Parameters<typeof execClass.program>[0] =>
    ({
      app,
      appArguments: [],
      workerClass: 'exec',
      directory,
      env: {},
      settings: { probe },
    }) as never

  it('makes a command of APP, and is ready when it accepts', () => {
    expect(execClass.program(order(`./bin/server --fd {fd} 'two words'`))).toEqual({
      name: 'exec',
      command: [`${directory}/bin/server`, '--fd', '{fd}', 'two words'],
      readiness: 'connect',
    })
  })

  it.each(['notify', 'connect', '/health?deep=1'])('takes the probe %s', (probe) => {
    expect(execClass.program(order('./bin/server', probe))).toMatchObject({ readiness: probe })
  })

  it.each(['health', '/a b', 'http://localhost/'])('refuses the probe %j', (probe) => {
    expect(() => execClass.program(order('./bin/server', probe))).toThrow(/cannot be understood/)
  })
})
