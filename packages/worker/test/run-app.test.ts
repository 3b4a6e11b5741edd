import { describe, expect, it } from 'vitest'

import { bindSocket, bootOrder, startInFakeHost, startReady } from './fake-host.ts'
import { createProject } from './project.ts'

const workerClass = 'program-class.ts'

describe('a class that runs programs', () => {
  it('gets the file that APP names, which is not imported before, and serves what it makes of it', async () => {
    await using project = await createProject({
      'server.mjs': `
        let runs = 0
        export const program = () => ({ greeting: 'run ' + (runs += 1) })
        export default 'not asked for'
      `,
    })
    using host = startInFakeHost()
    using socket = await bindSocket()
    await startReady(host, socket, bootOrder({ workerClass, app: `${project.directory}/server` }))
    expect(host.log).toContain(`running ${project.directory}/server.mjs`)
    const client = await socket.connect()
    client.destroy()
  })

  it.each([
    {
      what: 'an export, which a program has not',
      app: 'server.mjs:program',
      stage: 'app-load',
      error: { code: 'bad-app', hint: expect.stringContaining('server.mjs, or') },
      code: 4,
    },
    {
      what: 'a missing file',
      app: 'nothing.mjs',
      stage: 'app-load',
      error: { code: 'app-not-found' },
      code: 4,
    },
    {
      what: 'a program that fails',
      app: 'fails.mjs',
      stage: 'boot',
      error: { code: 'app-threw', stack: expect.stringContaining('no database') },
      code: 3,
    },
    {
      what: 'a program that makes no app',
      app: 'empty.mjs',
      stage: 'app-load',
      error: { code: 'no-app' },
      code: 4,
    },
  ])('reports $what, and exits with $code', async ({ app, stage, error, code }) => {
    await using project = await createProject({
      'server.mjs': '',
      'empty.mjs': '',
      'fails.mjs': `export const program = () => { throw new Error('no database') }`,
    })
    using host = startInFakeHost()
    host.order(bootOrder({ workerClass, app: `${project.directory}/${app}` }))
    expect(await host.exited).toBe(code)
    expect(host.sent).toEqual([
      { type: 'boot-failed', stage, error: expect.objectContaining(error) },
    ])
  })
})
