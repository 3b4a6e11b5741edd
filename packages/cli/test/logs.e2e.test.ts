import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'

import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { logLines } from './support/log-lines.ts'
import { read, startLogged } from './support/logged.ts'
import { isWorker, type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'
import { until } from './support/until.ts'

const command = new URL('../bin/nunicorn.js', import.meta.url).pathname

async function end(nunicorn: Nunicorn): Promise<void> {
  nunicorn.signal('SIGTERM')
  expect(await nunicorn.exited).toBe(0)
  await nunicorn.closed
}

describe('the format of the log', () => {
  it('is JSON where there is no terminal, from the first line to the last', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    const args = ['app.mjs', '-w', '1', '-b', '127.0.0.1:0']
    const env = { NUNICORN_LOG_FORMAT: '' }
    await using nunicorn = startNunicorn({ directory: project.directory, args, env })
    await nunicorn.log.waitFor(/"msg":"Worker 1 \(pid \d+\) is ready"/)
    await end(nunicorn)
    const lines = logLines(nunicorn.log.lines.join('\n'))
    expect(lines[0]).toMatchObject({ level: 'info', pid: nunicorn.pid })
    expect(lines[0]?.msg).toMatch(/^Starting nunicorn/)
    expect(lines.at(-1)).toMatchObject({ event: 'worker-ended', worker: { number: 1 } })
  })

  it.skipIf(spawnSync('script', ['--version']).error !== undefined)(
    'is for people on a terminal, with a coloured level unless NO_COLOR is set',
    async () => {
      await using project = await createProject({ 'app.mjs': `export default 'no app'` })
      const { FORCE_COLOR: _, NO_COLOR: __, ...plain } = process.env
      const onTerminal = (env: NodeJS.ProcessEnv): string => {
        const line = `exec ${process.execPath} ${command} app.mjs -b 127.0.0.1:0`
        const options = { cwd: project.directory, encoding: 'utf8', env } as const
        return spawnSync('script', ['-qec', line, '/dev/null'], options).stdout
      }
      // Where CI is set, Node takes no terminal for one with colours.
      const terminal = { ...plain, CI: undefined, TERM: 'xterm-256color' }
      const head = String.raw`^\[[-\d]+ [:\d]+ [-+]\d+\] \[\d+\] `
      const info = String.raw`\[\u001b\[32mINFO\u001b\[39m\] Starting`
      expect(onTerminal(terminal)).toMatch(new RegExp(head + info, 'm'))
      expect(onTerminal({ ...terminal, NO_COLOR: '1' })).toMatch(
        new RegExp(`${head}\\[INFO\\] Starting`, 'm'),
      )
    },
  )
})

describe('what a worker says to the log', () => {
  it('is written by the arbiter, with the number and the pid of the worker, and its fields', async () => {
    await using scene = await startLogged({ args: ['-k', './class.mjs'] })
    await scene.get('/hello')
    const [worker] = scene.nunicorn.workers()
    const line = await scene.line(({ msg }) => msg === 'asked for /hello')
    expect(line).toMatchObject({ level: 'info', pid: worker, count: 1 })
    expect(line.worker).toEqual({ number: 1, pid: worker, generation: 1 })
  })

  it('obeys the log level, also when a reload changes it', async () => {
    await using scene = await startLogged({
      args: ['-k', './class.mjs', '--soak', '100ms', '-c', 'config.json'],
      files: { 'config.json': '{}' },
    })
    await scene.get('/?level=debug')
    await scene.get('/?level=warning')
    await scene.line(({ level }) => level === 'warning')
    expect(scene.lines().filter(({ level }) => level === 'debug')).toEqual([])
    await scene.project.write('config.json', '{ "logLevel": "debug" }')
    scene.nunicorn.signal('SIGHUP')
    await scene.line(({ event }) => event === 'reload-finished')
    await scene.get('/after?level=debug')
    await scene.line(({ msg }) => msg === 'asked for /after?level=debug')
  })

  it('goes to stderr in plain lines when the arbiter is gone', async () => {
    await using scene = await startLogged()
    const [worker = 0] = scene.nunicorn.workers()
    scene.nunicorn.signal('SIGKILL')
    await scene.nunicorn.log.waitFor(
      new RegExp(`\\[${worker}\\] \\[WARNING\\] The arbiter is gone`),
    )
    await until(() => !isWorker(worker))
  })
})

describe('the log file', () => {
  it('is refused before anything is started when it cannot be opened', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    for (const more of [[], ['--check-config']]) {
      const args = ['app.mjs', '--error-logfile', 'nowhere/error.log', ...more]
      await using nunicorn = startNunicorn({ directory: project.directory, args })
      expect(await nunicorn.exited).toBe(1)
      await nunicorn.closed
      expect(nunicorn.log.lines).toEqual([
        expect.stringMatching(
          /^nunicorn: The log file nowhere\/error\.log cannot be opened: ENOENT.*Check that its directory/,
        ),
      ])
    }
  })

  it('has its wrong settings told all at once', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    const args = [
      '--log-format=xml',
      '--log-syslog-to=unix:///dev/log',
      '--log-syslog-facility=local8',
      '--log-file=',
    ]
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', ...args],
    })
    expect(await nunicorn.exited).toBe(2)
    await nunicorn.closed
    const said = nunicorn.log.lines.join('\n')
    for (const flag of ['--log-format', '--log-syslog-to', '--log-syslog-facility', 'logfile'])
      expect(said).toContain(flag)
    expect(said).toContain('is a socket of datagrams, which Node cannot write to')
  })

  it('goes on in the old file when the new one cannot be opened, and says so on stderr', async () => {
    await using scene = await startLogged()
    await rename(scene.project.path('logs'), scene.project.path('gone'))
    scene.nunicorn.signal('SIGUSR1')
    await scene.nunicorn.log.waitFor(/logs\/error\.log cannot be opened anew: ENOENT/)
    await end(scene.nunicorn)
    const lines = logLines(read(scene.project.path('gone/error.log')))
    expect(lines.at(-1)).toMatchObject({ event: 'worker-ended' })
  })

  it.skipIf(!existsSync('/dev/full'))(
    'may be on a full disk: everything goes on, and stderr says it once',
    async () => {
      await using project = await createProject({ 'app.mjs': appSource() })
      const args = ['app.mjs', '-w', '1', '-b', '127.0.0.1:0', '--log-file', '/dev/full']
      await using nunicorn = startNunicorn({ directory: project.directory, args })
      await nunicorn.log.waitFor(/The log file \/dev\/full cannot be written: ENOSPC/)
      await until(() => nunicorn.workers().length === 1)
      nunicorn.signal('SIGTTIN')
      await until(() => nunicorn.workers().length === 2)
      const [first = 0] = nunicorn.workers()
      process.kill(first, 'SIGKILL')
      await until(() => nunicorn.workers().length === 2 && !nunicorn.workers().includes(first))
      nunicorn.signal('SIGUSR1')
      await end(nunicorn)
      expect(nunicorn.log.lines.filter((line) => line.includes('ENOSPC'))).toHaveLength(1)
    },
  )

  it('has the last words of a start that failed, and of a reload that was refused', async () => {
    await using scene = await startLogged({
      args: ['-c', 'config.json'],
      files: { 'config.json': '{}', 'empty.mjs': 'export default {}' },
    })
    await scene.project.write('config.json', '{ "timeout": "soon" }')
    scene.nunicorn.signal('SIGHUP')
    expect((await scene.line(({ event }) => event === 'reload-refused')).msg).toContain('soon')
    const { port } = scene.target
    await using second = startNunicorn({
      directory: scene.project.directory,
      args: ['class.mjs', '-b', `127.0.0.1:${port}`, '--log-file', 'second.log', '-c', 'empty.mjs'],
      env: { NUNICORN_LOG_FORMAT: 'json' },
    })
    expect(await second.exited).toBe(1)
    await second.closed
    const last = logLines(read(scene.project.path('second.log'))).at(-1)
    expect(last).toMatchObject({ level: 'critical' })
    expect(last?.msg).toContain(`127.0.0.1:${port}`)
    expect(second.log.lines.join('\n')).toContain(`127.0.0.1:${port}`)
  })
})
