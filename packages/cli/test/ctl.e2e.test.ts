import { once } from 'node:events'
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'

import type { EventRecord, FleetStatus } from '@nunicorn/contract'
import { openRpc } from '@nunicorn/control'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { ask, controlSocket, ctl, followEvents, json, startControlled } from './support/ctl.ts'
import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'
import { until } from './support/until.ts'

interface Schema {
  readonly methods: readonly {
    readonly name: string
    readonly result: { readonly schema: object }
  }[]
  readonly components: object
}

/** What is wrong with an answer, by the published schema. */
function faultsOf(method: string, answer: unknown): string | undefined {
  const { methods, components } = openRpc() as Schema
  const schema = methods.find(({ name }) => name === method)?.result.schema
  const ajv = new Ajv({ strict: false })
  return ajv.validate({ ...schema, components }, answer) ? undefined : ajv.errorsText()
}

describe('nunicorn ctl', () => {
  it('has done what it says when it says so, in the published form, and no request notices', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startControlled(project, '--soak', '500ms')
    await nunicorn.ready(2)
    await using load = await loadOf(nunicorn, {
      clients: [{ kind: 'open-loop', ratePerSecond: 50 }],
    })
    await answered(load, 20)
    const checked = async <Answer>(method: string, ...args: readonly string[]): Promise<Answer> => {
      const answer = await json<Answer>(project, method, ...args)
      expect(faultsOf(method, answer), method).toBeUndefined()
      return answer
    }

    expect(await checked('scale', '4')).toEqual({ workers: 4 })
    expect(nunicorn.workers()).toHaveLength(4)
    expect(await checked('scale', '2')).toEqual({ workers: 2 })
    expect(nunicorn.workers()).toHaveLength(2)

    const before = nunicorn.workers()
    const restarted = await checked<{ pid: number; replacedBy: number }>('restart', '1')
    expect(before).toContain(restarted.pid)
    expect(nunicorn.workers()).toContain(restarted.replacedBy)

    await project.write('app.mjs', appSource({ version: '2' }))
    expect(await checked('reload', '--wait')).toEqual({ generation: 2, state: 'finished' })
    const status = await checked<FleetStatus>('status')
    expect(status).toMatchObject({ state: 'serving', generation: 2, target: 2, pid: nunicorn.pid })
    expect(status.workers.filter(({ state }) => state === 'ready')).toHaveLength(2)
    expect(await checked('reload')).toEqual({ generation: 3, state: 'accepted' })
    await nunicorn.log.waitFor(/Reloaded: all workers are of generation 3/)

    expect(await checked('workers')).toHaveLength(nunicorn.workers().length)
    expect(await checked('config')).toMatchObject({
      workers: { value: 2, origin: 'flag --workers' },
      soak: { value: '500ms', origin: 'flag --soak' },
    })
    expect(await checked('reopen')).toEqual({ reopened: true })
    expect(await checked('log-level', 'error')).toEqual({ level: 'error', before: 'info' })
    expect(await checked('stack', '1')).toMatchObject({ worker: 1, doing: expect.any(String) })
    const events = await checked<readonly EventRecord[]>('events', '--last', '1000')
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['worker-ready', 'scaled', 'worker-retiring', 'reload-finished']),
    )
    await answered(load, 20)
    expectNoFailure(await load.stop())
  })

  it('kill has ended the worker, which is no crash, and its replacement serves', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startControlled(project)
    await nunicorn.ready(2)
    for (let round = 0; round < 5; round += 1) {
      const [victim = 0] = nunicorn.workers()
      const answer = await json<{ replacedBy: number }>(project, 'kill', String(victim))
      expect(answer).toMatchObject({ pid: victim })
      expect(nunicorn.workers()).toContain(answer.replacedBy)
      expect(nunicorn.workers()).not.toContain(victim)
    }
    const { totals, state } = await json<FleetStatus>(project, 'status')
    expect([totals.ends, state]).toEqual([{ killed: 5 }, 'serving'])
  })

  it('says by exit code and reason that a reload did not take, and that it changed nothing', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startControlled(project)
    await nunicorn.ready(2)
    const before = nunicorn.workers()
    await project.write('app.mjs', 'throw new Error("on purpose")')
    await project.write('nunicorn.config.json', '{ "logLevel": "error" }')
    expect(await ctl(project, ['reload', '--wait'])).toMatchObject({
      exitCode: 1,
      words: expect.stringMatching(/on purpose[^]*app\.mjs[^]*Nothing has changed/),
    })
    expect(await json(project, 'log-level', 'info')).toEqual({ level: 'info', before: 'info' })
    await project.write('nunicorn.config.json', '{ "workerz": 3 }')
    const refused = await ctl(project, ['reload', '--wait', '--json'])
    expect(refused.exitCode).toBe(1)
    expect(JSON.parse(refused.out)).toMatchObject({
      error: { code: 'reload-refused', message: expect.stringMatching(/workerz/) },
    })
    expect(nunicorn.workers()).toEqual(before)
    expect(await json(project, 'status')).toMatchObject({ lastReload: { result: 'refused' } })
  })

  it('fails with the cause when workers cannot be had', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startControlled(project)
    await nunicorn.ready(2)
    await project.write('app.mjs', 'throw new Error("on purpose")')
    for (const command of [
      ['scale', '3'],
      ['restart', '1'],
    ])
      expect(await ctl(project, command)).toMatchObject({
        exitCode: 1,
        words: expect.stringMatching(/keep dying[^]*on purpose/),
      })
    expect(await ctl(project, ['restart', '77'])).toMatchObject({
      exitCode: 1,
      words: expect.stringMatching(/no worker with the number or the pid 77/),
    })
    expect(await ctl(project, ['frobnicate'])).toMatchObject({ exitCode: 2 })
  })

  it('tells where a busy worker is that still answers, and lets it go on', async () => {
    const boot = `setInterval(function keepBusy() { for (const until = performance.now() + 30; performance.now() < until; ); }, 1)`
    await using project = await createProject({ 'app.mjs': appSource({ boot }) })
    await using nunicorn = startControlled(project, '-w', '1')
    await nunicorn.ready(1)
    const [pid = 0] = nunicorn.workers()
    await until(async () => {
      const [worker] = await json<FleetStatus['workers']>(project, 'workers')
      return (worker?.sample?.utilisation ?? 0) > 0.6
    })
    const { out } = await ctl(project, ['stack', '1'])
    expect(out).toMatch(/at keepBusy \(.*app\.mjs/)
    expect(nunicorn.workers()).toEqual([pid])
  })

  it('writes a profile and a heap snapshot that Chrome opens, and the worker is not killed for its silence', async () => {
    const boot = 'globalThis.many = Array.from({ length: 500_000 }, (_, index) => ({ index }))'
    const source = appSource({ boot }).replace(
      "'/ok':",
      "'/fib': (_, response) => response.end(String(fib(27))),\n'/ok':",
    )
    const fib = 'function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) }'
    await using project = await createProject({ 'app.mjs': `${source}\n${fib}` })
    await using nunicorn = startControlled(project, '-w', '1', '--timeout', '500ms')
    await nunicorn.ready(1)
    const before = nunicorn.workers()
    await using load = await loadOf(nunicorn, {
      clients: [{ kind: 'connection-per-request', concurrency: 1 }],
      request: { path: '/fib' },
    })
    await answered(load, 5)
    const profiled = await json<{ file: string; bytes: number }>(
      project,
      'profile',
      '1',
      '--seconds',
      '1',
      '--output',
      'x.cpuprofile',
    )
    await load.stop()
    expect(profiled.file).toBe(project.path('x.cpuprofile'))
    const profile = JSON.parse(readFileSync(profiled.file, 'utf8')) as {
      readonly nodes: readonly { readonly callFrame: { readonly functionName: string } }[]
      readonly samples: readonly number[]
      readonly timeDeltas: readonly number[]
    }
    expect(profile.nodes.map(({ callFrame }) => callFrame.functionName)).toContain('fib')
    expect(profile.samples).toHaveLength(profile.timeDeltas.length)

    const heap = await json<{ file: string; tookMs: number }>(project, 'heap', '1')
    expect(dirname(heap.file)).toBe(project.directory)
    expect(lstatSync(heap.file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(heap.file, 'utf8'))).toMatchObject({
      snapshot: { meta: expect.any(Object), node_count: expect.any(Number) },
      nodes: expect.any(Array),
      edges: expect.any(Array),
      strings: expect.any(Array),
    })
    // It was silent for longer than a hang takes to be one.
    expect(heap.tookMs).toBeGreaterThan(500)
    expect(nunicorn.workers()).toEqual(before)
    expect(await ctl(project, ['heap', '1', '--output', 'x.cpuprofile'])).toMatchObject({
      exitCode: 1,
      words: expect.stringMatching(/cannot write .*EEXIST/),
    })
  })
})

describe('nunicorn ctl events --follow', () => {
  it('tells of a crash with its stack and the requests that were held, and of a hang with where it hung', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startControlled(project, '--timeout', '2s')
    await nunicorn.ready(2)
    await using people = followEvents(project)
    await using programs = followEvents(project, '--json')
    await Promise.all([people, programs].map(({ log }) => log.waitFor(/is ready/, { count: 2 })))
    await ask(nunicorn, '/throw')
    await people.log.waitFor(/exited by itself with code 1: thrown on purpose$/)
    await people.log.waitFor(/It was answering GET \/throw \(\d+ ms\)\.$/)
    const [crash] = await programs.log.waitFor(/.*"type":"worker-ended".*"type":"exit".*/)
    expect(JSON.parse(crash)).toMatchObject({
      details: {
        cause: {
          error: { message: 'thrown on purpose' },
          requests: [{ method: 'GET', url: '/throw', ageMs: expect.any(Number) }],
        },
      },
    })
    await people.log.waitFor(/^ {4}it lived .*; its last sign of life was/)
    await people.log.waitFor(/^ {4}Error: thrown on purpose$/)
    await people.log.waitFor(/^ {8}at .*app\.mjs:\d+:\d+/)
    // The log has the words once; the stack is Node's own, once.
    await nunicorn.log.waitFor(/ended: it exited by itself with code 1: thrown on purpose$/)
    await nunicorn.log.waitFor(/^It was answering GET \/throw \(\d+ ms\)\.$/)
    expect(nunicorn.log.lines.filter((line) => /at Immediate.*app\.mjs/.test(line))).toHaveLength(1)

    await until(async () =>
      (await json<FleetStatus>(project, 'status')).workers.every(({ sample }) => sample),
    )
    await ask(nunicorn, '/block')
    await people.log.waitFor(/at spinForEver \(.*app\.mjs:\d+:\d+\)/)
    const [line] = await programs.log.waitFor(/.*"type":"worker-ended".*"type":"hang".*/)
    expect(JSON.parse(line)).toMatchObject({
      level: 'error',
      worker: { generation: 1 },
      details: {
        cause: {
          type: 'hang',
          diagnosis: {
            verdict: 'spinning',
            stack: expect.arrayContaining([
              expect.objectContaining({ functionName: 'spinForEver', line: expect.any(Number) }),
            ]),
          },
        },
        lastBeat: { requests: expect.any(Number) },
      },
    })
    nunicorn.signal('SIGTERM')
    await people.log.waitFor(/Stopping/)
    // Both have seen it stop: that is no failure of theirs.
    expect(await Promise.all([people.exited, programs.exited])).toEqual([
      [0, null],
      [0, null],
    ])
    expect(await nunicorn.exited).toBe(0)
  })
})

describe('a worker that dies of a fatal error', () => {
  it('whose heap fills faster than it beats is told as that, with the report of Node', async () => {
    const source = appSource().replace(
      "'/leak':",
      "'/exhaust': () => { for (const all = []; ; ) all.push(new Array(1_000).fill(Math.random())) },\n'/leak':",
    )
    await using project = await createProject({ 'app.mjs': source })
    await using reports = await createProject()
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: [
        'app.mjs',
        '-w',
        '2',
        '-b',
        '127.0.0.1:0',
        ...controlSocket(project),
        '--report-dir',
        reports.directory,
      ],
      env: { NODE_OPTIONS: '--max-old-space-size=64', SECRET: 'do not tell' },
    })
    await nunicorn.ready(2)
    void ask(nunicorn, '/exhaust')
    const [, file = ''] = await nunicorn.log.waitFor(
      /ended: its JavaScript heap was full \(\d+ MB used, the limit is \d+ MB\); Node's report: (.*\.json)$/,
    )
    expect(dirname(file)).toBe(reports.directory)
    expect(readFileSync(file, 'utf8')).not.toContain('do not tell')
    const events = await json<readonly EventRecord[]>(project, 'events')
    expect(events.find(({ type }) => type === 'worker-ended')?.details).toMatchObject({
      cause: {
        type: 'heap',
        report: {
          file,
          event: expect.stringMatching(/heap out of memory/),
          heapUsedBytes: expect.any(Number),
        },
      },
      ageMs: expect.any(Number),
    })
    expect(await json(project, 'status')).toMatchObject({ totals: { ends: { heap: 1 } } })
    await nunicorn.ready(3)
  })
})

describe('the control socket', () => {
  it('is found without being named while there is one instance; of several one has to be named', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using runtime = await createProject()
    const env = { XDG_RUNTIME_DIR: runtime.directory, TMPDIR: runtime.directory }
    const one = (name: string, ...args: readonly string[]): Nunicorn =>
      startNunicorn({
        directory: project.directory,
        args: ['app.mjs', '-w', '1', '-b', '127.0.0.1:0', '-n', name, ...args],
        env,
      })
    await using shop = one('shop')
    await shop.ready(1)
    const of = async (...args: readonly string[]): Promise<string> => {
      const { exitCode, out, words } = await ctl(project, args, env)
      return `${exitCode} ${out}${words}`
    }
    expect(await of('status')).toMatch(/^0 shop: serving/)
    await using blog = one('blog', '--pid', project.path('blog.pid'))
    await blog.ready(1)
    expect(await of('status')).toMatch(/^69 .*There are 2 instances:[^]*shop[^]*blog/)
    expect(await of('status', '--name', 'blog')).toMatch(/^0 blog: serving/)
    expect(await of('status', '--pid', project.path('blog.pid'))).toMatch(/^0 blog: serving/)
    expect(lstatSync(project.path('blog.ctl')).mode & 0o777).toBe(0o600)
    expect(await of()).toMatch(/Usage: nunicorn ctl COMMAND[^]*shop[^]*blog/)

    shop.signal('SIGKILL')
    await shop.exited
    expect(await of('status')).toMatch(/^0 blog: serving/)
    blog.signal('SIGTERM')
    expect(await blog.exited).toBe(0)
    expect(existsSync(project.path('blog.ctl'))).toBe(false)
    expect(await of('status')).toMatch(/^69 .*No nunicorn of this user answers/)
  })

  it('is not harmed by clients that speak garbage, hang up or say nothing', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startControlled(project)
    await nunicorn.ready(2)
    await json(project, 'status')
    const descriptors = (): number => readdirSync(`/proc/${nunicorn.pid}/fd`).length
    const before = descriptors()
    const words = [
      'GET / HTTP/1.1\r\n\r\n',
      '\u0016\u0003\u0001\u0000',
      '{'.repeat(100_000),
      'x'.repeat(2_000_000),
      '[[]]\n{"jsonrpc":"2.0","id":1,"method":"rm"}\n',
      '{"jsonrpc":"2.0","id":1,"method":"subscribe"}\n',
      '',
    ]
    for (let round = 0; round < 10; round += 1) {
      // Twice as many as it will have at once.
      const clients = Array.from({ length: 64 }, (_, index) => {
        const client = connect(project.path('x.ctl'))
        client.on('error', () => {}).resume()
        client.write(words[(round + index) % words.length] ?? '')
        return client
      })
      await Promise.all(clients.map((client) => once(client, 'connect')))
      for (const client of clients) client.destroy()
    }
    await until(() => descriptors() <= before)
    expect(await json(project, 'status')).toMatchObject({ state: 'serving', pid: nunicorn.pid })
    expect(nunicorn.log.lines.filter((line) => /WARN|ERROR/.test(line))).toEqual([])
  })

  it('that cannot be where it was told to keeps nunicorn from starting, with the mend', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    const path = project.path('x'.repeat(110))
    await using nunicorn = startControlled(project, '--control-socket', path)
    expect(await nunicorn.exited).toBe(1)
    expect(nunicorn.log.lines.join('\n')).toMatch(
      /^nunicorn: The control socket has no place.*107 bytes.*--control-socket=false/m,
    )
  })

  it('of a live instance is not taken by a second one, which does not start', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using first = startControlled(project)
    await using second = startControlled(project)
    const ended = await Promise.race([first.exited, second.exited])
    expect(ended).toBe(1)
    const survivor = first.process.exitCode === null ? first : second
    await survivor.ready(2)
    expect(await json(project, 'status')).toMatchObject({ pid: survivor.pid })
  })

  it('is done without where there is no place for it, or it is not wanted', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    // Below a file nobody can make a folder, root included.
    const env = { XDG_RUNTIME_DIR: project.path('app.mjs'), TMPDIR: project.path('app.mjs') }
    const args = ['app.mjs', '-w', '1', '-b', '127.0.0.1:0']
    await using homeless = startNunicorn({ directory: project.directory, args, env })
    await using unwilling = startNunicorn({
      directory: project.directory,
      args: [...args, '--control-socket=false'],
      env: { XDG_RUNTIME_DIR: project.directory },
    })
    await Promise.all([homeless.ready(1), unwilling.ready(1)])
    expect(homeless.log.lines.filter((line) => /WARN|ERROR|control/i.test(line))).toEqual([])
    expect(readdirSync(project.directory)).toEqual(['app.mjs'])
    for (const nunicorn of [homeless, unwilling]) {
      nunicorn.signal('SIGTERM')
      expect(await nunicorn.exited).toBe(0)
    }
  })
})
