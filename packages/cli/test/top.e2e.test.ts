import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { ask, controlSocket } from './support/ctl.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'
import { openTerminal, type Terminal, type TerminalOptions } from './support/terminal.ts'

const command = fileURLToPath(new URL('../bin/nunicorn.js', import.meta.url))
const enterScreen = '\u001B[?1049h'
const leaveScreen = '\u001B[?1049l'
const showCursor = '\u001B[?25h'

function start(project: Project, { workers = 2 } = {}): Nunicorn {
  const args = ['app.mjs', '-w', `${workers}`, '-b', '127.0.0.1:0', '--name', 'shop']
  return startNunicorn({
    directory: project.directory,
    args: [...args, ...controlSocket(project)],
  })
}

function openTop(project: Project, options: Partial<TerminalOptions> = {}): Terminal {
  return openTerminal({
    directory: project.directory,
    args: ['top', '--socket', project.path('x.ctl')],
    ...options,
  })
}

function expectRestored(terminal: Terminal): void {
  const written = terminal.written()
  expect(written.lastIndexOf(leaveScreen)).toBeGreaterThan(written.lastIndexOf(enterScreen))
  expect(written.lastIndexOf(showCursor)).toBeGreaterThan(written.lastIndexOf(leaveScreen))
  expect(written).toContain('[left with icanon]')
}

describe('nunicorn top', () => {
  it('shows the workers live, reloads and scales, and leaves the terminal as it was', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project)
    await nunicorn.ready(2)
    await using terminal = openTop(project)
    await terminal.shows(/2 of 2 ready {2}generation 1/)
    terminal.press('r')
    await terminal.shows(/reload: took, all workers are of generation 2/)
    terminal.press('+')
    await terminal.shows(/scale to 3: done, there are 3/)
    expect(nunicorn.workers()).toHaveLength(3)
    terminal.press('q')
    expect(await terminal.exited).toBe(0)
    expectRestored(terminal)
    expect(terminal.written()).toContain('\u001B[32m')
  })

  it('says why a reload did not take', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project)
    await nunicorn.ready(2)
    await using terminal = openTop(project)
    await terminal.shows(/2 of 2 ready/)
    await project.write('app.mjs', `throw new Error('no such table')`)
    terminal.press('r')
    await terminal.shows(/reload: .*no such table/)
    terminal.press('\u0003')
    expect(await terminal.exited).toBe(0)
    expectRestored(terminal)
  })

  it('needs no colour and no wide terminal', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project)
    await nunicorn.ready(2)
    await using terminal = openTop(project, { columns: 40, env: { NO_COLOR: '1' } })
    await terminal.shows(/> 1 {2}ready /)
    terminal.press('q')
    expect(await terminal.exited).toBe(0)
    for (const colour of [30, 31, 32, 33, 36, 38, 90])
      expect(terminal.written()).not.toContain(`\u001B[${colour}m`)
    expect(terminal.written()).not.toContain('RESTARTS')
  })

  it('writes a profile of the selected worker, and shows the line in which it hangs', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project, { workers: 1 })
    await nunicorn.ready(1)
    await using terminal = openTop(project)
    await terminal.shows(/1 of 1 ready/)
    terminal.press('p')
    const [, file = ''] = await terminal.shows(/profile of worker 1, 10 s: (\S+\.cpuprofile)/)
    expect(JSON.parse(await readFile(file, 'utf8'))).toHaveProperty('samples')
    void ask(nunicorn, '/block')
    await nunicorn.log.waitFor(/has missed its beats/)
    terminal.press('s')
    await terminal.shows(/at spinForEver \(.*app\.mjs:\d+:\d+\)/)
    terminal.press('q')
    expect(await terminal.exited).toBe(0)
    expectRestored(terminal)
  })

  it('fits itself into a terminal that becomes narrower', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project)
    await nunicorn.ready(2)
    await using terminal = openTop(project)
    await terminal.shows(/RESTARTS/)
    await terminal.resize({ columns: 40 })
    await terminal.shows(/STATE.* MEM\r?\n/)
    terminal.press('q')
    expect(await terminal.exited).toBe(0)
    expectRestored(terminal)
  })

  it('ends with 1 and says so when the instance goes away', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project)
    await nunicorn.ready(2)
    await using terminal = openTop(project)
    await terminal.shows(/2 of 2 ready/)
    nunicorn.signal('SIGTERM')
    await terminal.shows(/The instance has gone/)
    expect(await terminal.exited).toBe(1)
    expectRestored(terminal)
  })

  it('prints once where nobody looks on', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = start(project)
    await nunicorn.ready(2)
    const run = (...args: string[]): string =>
      execFileSync(process.execPath, [command, 'top', '--socket', project.path('x.ctl'), ...args], {
        encoding: 'utf8',
        cwd: project.directory,
      })
    const text = run()
    expect(text).toMatch(/^shop {2}app.mjs/)
    for (const pid of nunicorn.workers()) expect(text).toContain(` ${pid} `)
    expect(text).not.toContain('\u001B')
    const { fleet, workers } = JSON.parse(run('--json')) as {
      readonly fleet: object
      readonly workers: readonly { readonly pid: number }[]
    }
    expect(fleet).toMatchObject({ name: 'shop', ready: 2 })
    expect(new Set(workers.map(({ pid }) => pid))).toEqual(new Set(nunicorn.workers()))
  })
})
