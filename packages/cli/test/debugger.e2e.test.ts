import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { connectInspector, inspectorUrl } from './support/inspector.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'

function start(project: Project, ...args: readonly string[]): Nunicorn {
  return startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', '1', '-b', '127.0.0.1:0', '--timeout', '2s', ...args],
  })
}

function excuses({ log }: Nunicorn): readonly string[] {
  return log.lines.filter((line) => line.includes('it is not killed for that'))
}

describe('a worker that a debugger has paused', () => {
  it('is not killed, the log says once why, and it goes on when the debugger lets it', async () => {
    const boot = `import inspector from 'node:inspector'\ninspector.open(0)`
    const source = appSource({ boot }).replace(
      'const routes = {',
      `const routes = { '/inspector': (_, response) => response.end(inspector.url()),`,
    )
    await using project = await createProject({ 'app.mjs': source })
    await using nunicorn = start(project)
    await nunicorn.ready(1)
    const workers = nunicorn.workers()
    const { host, port } = await nunicorn.address()
    const url = await (await fetch(`http://${host}:${port}/inspector`)).text()
    await using client = await connectInspector(url)
    const paused = client.heard('Debugger.paused')
    client.send('Debugger.enable')
    client.send('Debugger.pause')
    await paused
    await nunicorn.log.waitFor(
      /Worker 1 .* is silent because a debugger is attached to its inspector on port \d+; it is not killed/,
    )
    // Two more timeouts go by.
    await sleep(5_000)
    expect(nunicorn.workers()).toEqual(workers)
    expect(excuses(nunicorn)).toHaveLength(1)
    client.send('Debugger.resume')
    await nunicorn.log.waitFor(/Worker 1 .* beats again/)
    expect(await (await fetch(`http://${host}:${port}/ok`)).text()).toBe('ok')
    expect(nunicorn.workers()).toEqual(workers)
  })

  it('hangs like any other once nobody is connected any more', async () => {
    await using project = await createProject({
      'app.mjs': appSource({ boot: `(await import('node:inspector')).open(0)` }),
    })
    await using nunicorn = start(project)
    await nunicorn.ready(1)
    const { host, port } = await nunicorn.address()
    const stuck = fetch(`http://${host}:${port}/block`).catch(() => undefined)
    await nunicorn.log.waitFor(/did not answer within timeout and was spinning, in:/)
    await nunicorn.log.waitFor(/at spinForEver \(/)
    await stuck
  })
})

describe('a worker that was started with --inspect-brk', () => {
  it('is waited for beyond boot-timeout, until a debugger lets it run', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(
      project,
      '--boot-timeout',
      '1s',
      '-e',
      'NODE_OPTIONS=--inspect-brk=0',
    )
    const [, port = ''] = await nunicorn.log.waitFor(
      /Worker 1 .* it waits for a debugger to attach to port (\d+), as --inspect-brk says; it is not/,
    )
    await sleep(3_000)
    expect(excuses(nunicorn)).toHaveLength(1)
    await using client = await connectInspector(await inspectorUrl(Number(port)))
    const paused = client.heard('Debugger.paused')
    client.send('Debugger.enable')
    client.send('Runtime.runIfWaitingForDebugger')
    await paused
    client.send('Debugger.resume')
    await nunicorn.ready(1)
  })
})
