import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'

import { NunicornError } from '@nunicorn/contract'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { type Arbiter, type ArbiterSettings, createArbiter } from '../src/index.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import type { MemoryGauge } from '../src/ports.ts'
import { createFakeProcesses, type FakeProcess, type FakeProcesses } from './fake-processes.ts'

const soakMs = 2_000

const defaults: ArbiterSettings = {
  app: 'app.js',
  appArguments: [],
  name: 'shop',
  workerClass: 'http',
  bind: [{ type: 'tcp', host: '127.0.0.1', port: 0 }],
  backlog: 100,
  balance: 'slots',
  rebalance: true,
  workers: 2,
  timeoutMs: 30_000,
  gracefulTimeoutMs: 30_000,
  bootTimeoutMs: 60_000,
  drainDelayMs: 0,
  soakMs,
  keepAliveMs: 5_000,
  headerTimeoutMs: 60_000,
  bodyTimeoutMs: 300_000,
  writeTimeoutMs: 60_000,
  requestTimeoutMs: 0,
  workerConnections: 0,
  maxRequests: 0,
  maxRequestsJitter: 0,
  maxMemoryBytes: 0,
  maxMemoryHardBytes: 0,
  logLevel: 'info',
  captureOutput: false,
  env: {},
  directory: '/srv/shop',
}

/** An arbiter with real sockets, whose processes and time are fakes. */
interface Scene extends AsyncDisposable {
  readonly arbiter: Arbiter
  readonly clock: FakeClock
  readonly processes: FakeProcesses
  readonly log: readonly string[]
  readonly exitCode: Promise<number>
  /** What the next reload reads. */
  read: () => Promise<ArbiterSettings>
  /** Lets time pass second by second, in which every worker beats that is not in `except`. */
  live(ms: number, except?: readonly FakeProcess[]): Promise<void>
}

async function start(
  given: Partial<ArbiterSettings> = {},
  memoryGauge: MemoryGauge = { measure: async () => undefined },
): Promise<Scene> {
  const settings = { ...defaults, ...given }
  const clock = createFakeClock()
  const processes = createFakeProcesses()
  const log: string[] = []
  const note = (message: string): void => void log.push(message)
  const arbiter = createArbiter(
    {
      settings,
      readSettings: () => scene.read(),
      workerMain: 'never run',
      command: '/usr/bin/nunicorn',
      version: '1.2.3',
      log: { level: 'info', debug: note, info: note, warning: note, error: note, critical: note },
    },
    {
      clock,
      spawnWorker: processes.spawnWorker,
      memoryGauge,
      orphanGuard: () => ({ add() {}, remove() {}, close() {} }),
      diagnostician: {
        watch() {},
        diagnose: async () => ({ verdict: 'unknown' }),
        look: async () => ({ verdict: 'spinning', stack: [] }),
        forget() {},
      },
    },
  )
  const exitCode = arbiter.run()
  const scene: Scene = {
    arbiter,
    clock,
    processes,
    log,
    exitCode,
    read: async () => settings,
    async live(ms, except = []) {
      for (let passed = 0; passed < ms; passed += 1_000) {
        clock.advance(1_000)
        for (const process of processes.alive) if (!except.includes(process)) process.beat()
        await turn()
      }
    },
    async [Symbol.asyncDispose]() {
      arbiter.stop({ how: 'quick', signalNumber: 2 })
      for (const process of processes.alive) process.exit()
      await exitCode
    },
  }
  await vi.waitFor(() => expect(processes.all).toHaveLength(settings.workers))
  return scene
}

/** Started, and every worker is ready. */
async function startReady(
  given: Partial<ArbiterSettings> = {},
  memoryGauge?: MemoryGauge,
): Promise<Scene> {
  const scene = await start(given, memoryGauge)
  for (const process of scene.processes.all) process.ready()
  return scene
}

/** HUP, and the next process that comes of it. */
async function reload({ arbiter, processes }: Scene): Promise<FakeProcess> {
  const before = processes.all.length
  arbiter.reload()
  return await vi.waitFor(() => {
    const canary = processes.all[before]
    if (canary === undefined) throw new Error('no canary yet')
    return canary
  })
}

function told(process: FakeProcess | undefined): readonly string[] {
  return process?.mail.map(({ message }) => message.type) ?? []
}

describe('the processes of an arbiter', () => {
  it('get the directory, the environment and the order of their generation', async () => {
    await using scene = await start({ env: { COLOUR: 'red' } })
    const [first] = scene.processes.all
    expect(first?.order).toMatchObject({
      directory: '/srv/shop',
      env: { COLOUR: 'red', NUNICORN_WORKER: '1', NUNICORN_GENERATION: '1' },
    })
    expect(first?.mail[0]?.message).toMatchObject({
      type: 'boot',
      order: { number: 1, generation: 1, app: 'app.js', name: 'shop' },
    })
    for (const process of scene.processes.all) process.ready()

    scene.read = async () => ({
      ...defaults,
      directory: '/srv/shop-2',
      env: { COLOUR: 'blue' },
      app: 'new.js',
    })
    const canary = await reload(scene)
    expect(canary.order).toMatchObject({
      directory: '/srv/shop-2',
      env: { COLOUR: 'blue', NUNICORN_WORKER: '1', NUNICORN_GENERATION: '2' },
    })
    expect(canary.mail[0]?.message).toMatchObject({
      type: 'boot',
      order: { number: 1, generation: 2, app: 'new.js' },
    })
  })

  it('keep those of the old generation while the new one is not proven', async () => {
    await using scene = await startReady()
    scene.read = async () => ({ ...defaults, directory: '/srv/shop-2' })
    const canary = await reload(scene)
    scene.processes.all[1]?.exit({ signal: 'SIGKILL' })
    const replacement = scene.processes.alive.find(
      (process) => process !== canary && process.order.env['NUNICORN_WORKER'] === '2',
    )
    expect(replacement?.order).toMatchObject({
      directory: '/srv/shop',
      env: { NUNICORN_GENERATION: '1' },
    })
  })

  it('are tried again when they cannot be started', async () => {
    await using scene = await startReady()
    await scene.live(20_000)
    scene.processes.failing = true
    scene.processes.all[0]?.exit({ signal: 'SIGSEGV' })
    await turn()
    expect(scene.log).toContainEqual(
      expect.stringContaining('its process could not be started: spawn EAGAIN'),
    )
    scene.processes.failing = false
    await scene.live(2_000)
    const slots = scene.processes.alive.map(({ order }) => order.env['NUNICORN_WORKER'])
    expect(new Set(slots)).toEqual(new Set(['1', '2']))
  })

  it('are killed, when they are silent, by the time that the clock says', async () => {
    await using scene = await startReady()
    const [silent, healthy] = scene.processes.all
    await scene.live(29_000, [silent!])
    expect(silent?.signals).toEqual([])
    await scene.live(3_000, [silent!])
    expect(silent?.signals).toEqual(['SIGABRT', 'SIGKILL'])
    expect(healthy?.signals).toEqual([])
  })
})

describe('a stop', () => {
  it('drains the workers that serve, and ends at once those that boot: they hold sockets on which they do not accept', async () => {
    await using scene = await startReady()
    const booting = await reload(scene)
    expect(booting.sockets.size).toBe(1)
    scene.arbiter.stop({ how: 'graceful', signalNumber: 15 })
    const [first, second] = scene.processes.all
    const drain = { type: 'drain', deadlineMs: 30_000, acceptQueued: true }
    expect(first?.mail.at(-1)?.message).toEqual(drain)
    expect(second?.mail.at(-1)?.message).toEqual(drain)
    expect(scene.processes.all.map(({ signals }) => signals)).toEqual([[], [], ['SIGKILL']])
    for (const process of scene.processes.alive)
      process.exit(process === booting ? { signal: 'SIGKILL' } : { code: 0 })
    expect(await scene.exitCode).toBe(0)
    expect(scene.log.filter((line) => line.includes('has left'))).toHaveLength(3)
  })
})

describe('the wall clock', () => {
  afterEach(() => void vi.useRealTimers())

  it.each([1, -1])('kills nobody and ends no drain when it is set %i hour ahead', async (hours) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    await using scene = await startReady()
    await scene.live(5_000)
    vi.setSystemTime(Date.now() + hours * 3_600_000)
    await scene.live(60_000)
    scene.arbiter.stop({ how: 'graceful', signalNumber: 15 })
    vi.setSystemTime(Date.now() + hours * 3_600_000)
    await scene.live(29_000)
    expect(scene.processes.all).toHaveLength(2)
    expect(scene.processes.all.flatMap(({ signals }) => signals)).toEqual([])
    expect(scene.log.join()).not.toMatch(/missed its beats|did not run/)
  })
})

describe('the sockets of an arbiter', () => {
  it('are sent as differences, and each slot is served by two workers', async () => {
    await using scene = await startReady({ workers: 3 })
    const sockets = (): string[][] =>
      scene.processes.alive.map((process) => [...process.sockets].toSorted())
    expect(sockets()).toEqual([
      ['0/1', '0/3'],
      ['0/1', '0/2'],
      ['0/2', '0/3'],
    ])
    scene.processes.all[1]?.exit({ signal: 'SIGKILL' })
    expect(sockets()).toEqual([['0/1', '0/2', '0/3'], ['0/1', '0/2', '0/3'], ['0/2']])
    scene.processes.all[3]?.ready()
    scene.arbiter.scale(1)
    scene.processes.all[4]?.ready()
    expect(scene.processes.alive).toHaveLength(4)
    for (const slot of [1, 2, 3, 4]) {
      expect(sockets().filter((own) => own.includes(`0/${slot}`))).toHaveLength(2)
    }
  })

  it('are sent again when a worker asks for them, as long as they are its own and there', async () => {
    await using scene = await startReady({ workers: 2 })
    const [first, second] = scene.processes.all
    first?.askSocket('0/1')
    expect([...first!.sockets].toSorted()).toEqual(['0/1', '0/2'])
    const before = told(second).length
    second?.askSocket('0/7')
    expect(told(second)).toHaveLength(before)
    scene.arbiter.stop({ how: 'graceful', signalNumber: 15 })
    first?.askSocket('0/1')
    expect([...first!.sockets]).toEqual(['0/2'])
  })

  it('are one for all with balance shared', async () => {
    await using scene = await startReady({ workers: 3, balance: 'shared' })
    for (const process of scene.processes.all) expect(told(process)).toEqual(['boot', 'listen'])
  })

  it('are never taken away from a worker that stays when others come and go', async () => {
    await using scene = await startReady({ balance: 'shared' })
    const [first] = scene.processes.all
    scene.arbiter.scale(1)
    scene.processes.all[2]?.ready()
    scene.arbiter.scale(-1)
    scene.processes.all[2]?.exit()
    expect(told(first)).toEqual(['boot', 'listen'])
  })

  it('are closed when everything has ended', async () => {
    await using folder = await temporaryFolder()
    await using scene = await startReady({ bind: [folder.socket('a')] })
    expect(existsSync(folder.socket('a').path)).toBe(true)
    scene.arbiter.stop({ how: 'graceful', signalNumber: 15 })
    for (const process of scene.processes.alive) process.exit()
    expect(await scene.exitCode).toBe(0)
    expect(existsSync(folder.socket('a').path)).toBe(false)
  })
})

describe('a reload that changes the address', () => {
  it('binds the new one first, and closes the old one when the last worker that served it has gone', async () => {
    await using folder = await temporaryFolder()
    const [before, after] = [folder.socket('before'), folder.socket('after')]
    await using scene = await startReady({ bind: [before] })
    const old = scene.processes.alive
    scene.read = async () => ({ ...defaults, bind: [after] })
    const canary = await reload(scene)
    expect(existsSync(after.path)).toBe(true)
    expect(canary.mail.map(({ message }) => message)).toContainEqual(
      expect.objectContaining({ type: 'listen', path: after.path }),
    )

    canary.ready()
    await scene.live(soakMs + 1_000)
    scene.processes.all[3]?.ready()
    await scene.live(1_000)
    expect(scene.log).toContain('Reloaded: all workers are of generation 2')
    expect(old.map((process) => told(process).at(-1))).toEqual(['drain', 'drain'])
    old[0]?.exit()
    await turn()
    expect(existsSync(before.path)).toBe(true)
    old[1]?.exit()
    await vi.waitFor(() => expect(existsSync(before.path)).toBe(false))
    expect(existsSync(after.path)).toBe(true)
  })

  it('is refused and leaves everything as it was if one of the new ones cannot be bound', async () => {
    await using folder = await temporaryFolder()
    const [before, after] = [folder.socket('before'), folder.socket('after')]
    await using scene = await startReady({ bind: [before] })
    const mail = scene.processes.all.map(told)
    scene.read = async () => ({ ...defaults, bind: [after, folder.socket('missing/socket')] })
    scene.arbiter.reload()
    await vi.waitFor(() =>
      expect(scene.log.join()).toMatch(
        /Reload refused; the old workers go on serving\..*missing\/socket/,
      ),
    )
    await scene.live(5_000)
    expect([existsSync(before.path), existsSync(after.path)]).toEqual([true, false])
    expect(scene.processes.all.map(told)).toEqual(mail)
  })
})

describe('a reload whose settings are wrong', () => {
  it('is refused with the reason, and leaves everything as it was', async () => {
    await using scene = await startReady()
    const mail = scene.processes.all.map(told)
    scene.read = () =>
      Promise.reject(
        new NunicornError({
          code: 'bad-settings',
          message: 'There is no setting wrokers.',
          hint: 'workers?',
        }),
      )
    scene.arbiter.reload()
    await vi.waitFor(() =>
      expect(scene.log).toContain(
        'Reload refused; the old workers go on serving. There is no setting wrokers. workers?',
      ),
    )
    await scene.live(60_000)
    expect(scene.processes.all.map(told)).toEqual(mail)
  })

  it('does not keep the next one from succeeding', async () => {
    await using scene = await startReady()
    scene.read = () => Promise.reject(new Error('unreadable'))
    scene.arbiter.reload()
    await vi.waitFor(() => expect(scene.log.join()).toContain('Reload refused'))
    scene.read = async () => ({ ...defaults, env: { FIXED: 'yes' } })
    const canary = await reload(scene)
    expect(canary.order.env).toMatchObject({ FIXED: 'yes', NUNICORN_GENERATION: '3' })
  })
})

describe('signals', () => {
  it('that come before the addresses are bound are not lost', async () => {
    const clock = createFakeClock()
    const processes = createFakeProcesses()
    const note = (): void => {}
    const log = {
      level: 'info' as const,
      debug: note,
      info: note,
      warning: note,
      error: note,
      critical: note,
    }
    const options = {
      settings: defaults,
      readSettings: async () => defaults,
      workerMain: 'never run',
      command: '',
      version: '1.2.3',
      log,
    }
    const arbiter = createArbiter(options, { clock, spawnWorker: processes.spawnWorker })
    const exitCode = arbiter.run()
    arbiter.stop({ how: 'graceful', signalNumber: 15 })
    await vi.waitFor(() =>
      expect(processes.all.map(({ signals }) => signals)).toEqual([['SIGKILL'], ['SIGKILL']]),
    )
    for (const process of processes.alive) process.exit()
    expect(await exitCode).toBe(0)
  })
})

describe('output that workers lose', () => {
  it('is reported once a minute for each worker, with the count', async () => {
    await using scene = await startReady()
    const [first] = scene.processes.all
    for (let second = 1; second <= 90; second += 1) {
      await scene.live(1_000, [first!])
      first?.beat({ droppedOutput: second * 10 })
    }
    const said = scene.log.flatMap(
      (line) => /pid (\d+) could not write (\d+) pieces/.exec(line)?.slice(1, 3) ?? [],
    )
    expect(said).toEqual(['1000', '10', '1000', '610'])
  })
})

describe('kept connections', () => {
  it.each([
    ['with slots', {}, [[7], [0]]],
    ['with one socket for all', { balance: 'shared' }, [[], []]],
    ['if rebalance is off', { rebalance: false }, [[], []]],
  ] as const)('%s: who has too many is told how many to let go', async (_, given, counts) => {
    await using scene = await startReady(given)
    const [first, second] = scene.processes.all
    for (const beats of [1, 2]) {
      scene.clock.advance(beats * 500)
      first?.beat({ kept: 40 })
      second?.beat({ kept: 26 })
    }
    const messages = scene.processes.all.map(({ mail }) =>
      mail.flatMap(({ message }) => (message.type === 'shed' ? [message.count] : [])),
    )
    expect(messages).toEqual(counts)
  })
})

describe('memory limits', () => {
  it('are watched by the gauge, and a limit that the app itself exceeds is said', async () => {
    await using scene = await startReady(
      { maxMemoryBytes: 100, maxMemoryHardBytes: 200 },
      { measure: async (pid, aboveBytes) => (pid === 1_001 ? aboveBytes + 50 : aboveBytes) },
    )
    await vi.waitFor(() => expect(scene.log.join()).toContain('is too low for this app'), {
      timeout: 4_000,
    })
    expect(scene.processes.alive).toHaveLength(2)
  })
})

async function temporaryFolder(): Promise<
  AsyncDisposable & { socket(name: string): { readonly type: 'unix'; readonly path: string } }
> {
  const path = await mkdtemp(join(tmpdir(), 'nunicorn-arbiter-'))
  return {
    socket: (name) => ({ type: 'unix', path: join(path, name) }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

describe('the log', () => {
  it('writes what workers say', async () => {
    await using scene = await startReady()
    scene.processes.all[0]?.say({ type: 'log', level: 'warning', message: 'The app sighs' })
    expect(scene.log).toContain('The app sighs')
  })

  it('has a level that can be set for all workers, and for those to come until a reload', async () => {
    await using scene = await startReady({ workers: 1 })
    const { arbiter, processes } = scene
    const levelsOf = ({ mail }: FakeProcess): unknown[] =>
      mail.flatMap(({ message }) =>
        message.type === 'boot'
          ? [message.order.logLevel]
          : message.type === 'log-level'
            ? [message.level]
            : [],
      )
    arbiter.setLogLevel('debug')
    arbiter.scale(1)
    await vi.waitFor(() => expect(processes.all).toHaveLength(2))
    expect(processes.all.map(levelsOf)).toEqual([['info', 'debug'], ['debug']])
    processes.all[1]?.ready()
    const canary = await reload(scene)
    expect(levelsOf(canary)).toEqual(['info'])
  })

  it('has files that are opened anew, by the workers too', async () => {
    await using scene = await startReady()
    scene.arbiter.reopenLogs()
    expect(scene.log).toContain('Opened the log files anew')
    for (const { mail } of scene.processes.all)
      expect(mail.at(-1)?.message).toMatchObject({ type: 'ask', question: { type: 'reopen-logs' } })
  })
})

describe('the status', () => {
  it('tells of the fleet and of each worker by its last beat', async () => {
    await using scene = await start()
    expect(scene.arbiter.status()).toMatchObject({
      version: '1.2.3',
      name: 'shop',
      app: 'app.js',
      pid: process.pid,
      state: 'starting',
      generation: 1,
      target: 2,
      workers: [
        { number: 1, pid: 1_000, state: 'booting', generation: 1 },
        { number: 2, pid: 1_001, state: 'booting' },
      ],
    })
    await scene.live(1_000)
    for (const process of scene.processes.all) process.ready()
    scene.processes.all[0]?.beat({ requests: 17, process: { utilisation: 0.75 } })
    const { state, listeners, workers, totals } = scene.arbiter.status()
    expect(state).toBe('serving')
    expect(listeners).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/)])
    expect(workers[0]).toMatchObject({
      state: 'ready',
      workerClass: 'fake',
      ageMs: 1_000,
      bootMs: 1_000,
      silentMs: 0,
      serves: [1, 2],
      sample: { requests: 17, utilisation: 0.75 },
    })
    expect(totals).toMatchObject({ requests: 17, boots: { count: 2, lastMs: 1_000 } })
  })

  it('marks what is silent, and counts the dead', async () => {
    await using scene = await startReady()
    const [silent] = scene.processes.all
    silent?.beat({ requests: 5 })
    await scene.live(10_000, [silent!])
    expect(scene.arbiter.status().workers[0]).toMatchObject({
      state: 'suspect',
      silentMs: 10_000,
      sample: { requests: 5 },
    })
    silent?.exit({ signal: 'SIGSEGV' })
    expect(scene.arbiter.status().totals).toMatchObject({ requests: 5, ends: { signal: 1 } })
  })

  it.each([
    ['finished', async () => defaults],
    [
      'refused',
      () =>
        Promise.reject(
          new NunicornError({ code: 'bad-settings', message: 'workers is no number' }),
        ),
    ],
  ])('says how the last reload ended: %s', async (result, read) => {
    await using scene = await startReady()
    expect(scene.arbiter.status()).not.toHaveProperty('lastReload')
    scene.read = read
    scene.arbiter.reload()
    await vi.waitFor(async () => {
      for (const process of scene.processes.alive) process.ready()
      await scene.live(1_000)
      expect(scene.arbiter.status().lastReload).toMatchObject({
        result,
        generation: 2,
        ...(result === 'refused' && { why: 'workers is no number' }),
      })
    })
    expect(scene.arbiter.status().totals.reloads).toMatchObject({ [result]: 1 })
  })

  it('says that it leaves, and that it stops', async () => {
    await using scene = await startReady({ drainDelayMs: 5_000 })
    scene.arbiter.stop({ how: 'graceful', signalNumber: 15 })
    expect(scene.arbiter.status().state).toBe('leaving')
    await scene.live(5_000)
    expect(scene.arbiter.status()).toMatchObject({
      state: 'stopping',
      workers: [{ state: 'draining' }, { state: 'draining' }],
    })
  })
})

describe('the events', () => {
  it('record each thing once, with what is known about it', async () => {
    await using scene = await startReady()
    const heard: string[] = []
    const stop = scene.arbiter.events.subscribe(({ type }) => heard.push(type))
    const [first] = scene.processes.all
    const requests = [{ method: 'GET', url: '/slow', ageMs: 12_345 }]
    const error = { code: 'app-threw', message: 'no database' }
    first?.say({ type: 'crashing', error, requests })
    first?.beat({ requests: 3 })
    first?.exit({ code: 1 })
    stop()
    expect(heard).toEqual(['worker-ended'])
    expect(scene.arbiter.events.recent().at(-1)).toMatchObject({
      type: 'worker-ended',
      level: 'error',
      message: expect.stringContaining(
        'Worker 1 (pid 1000) ended: it exited by itself with code 1: no database\nIt was answering GET /slow (12.3 s).',
      ),
      worker: { number: 1, pid: 1_000, generation: 1 },
      details: {
        cause: { type: 'exit', code: 1, error: { message: 'no database' }, requests },
        lost: true,
        lastBeat: { requests: 3 },
      },
    })
  })
})

describe('what others want to know of the workers', () => {
  it('is asked of the one with that pid, and answered by it alone', async () => {
    await using scene = await startReady()
    const [one] = scene.processes.all
    if (one === undefined) throw new Error('there is no worker')
    const answer = scene.arbiter.ask(one.pid, { type: 'app-metrics' }, 60_000)
    const asked = one.mail.map(({ message }) => message).find(({ type }) => type === 'ask')
    if (asked?.type !== 'ask') throw new Error('it has not been asked')
    expect(asked.question).toEqual({ type: 'app-metrics' })
    one.say({ type: 'answer', id: asked.id, result: ['all is well'] })
    expect(await answer).toEqual(['all is well'])
    await expect(scene.arbiter.ask(1, { type: 'app-metrics' }, 60_000)).rejects.toMatchObject({
      code: 'no-answer',
    })
  })

  it('comes with its last words, too', async () => {
    await using scene = await startReady()
    const [one] = scene.processes.all
    const heard: unknown[] = []
    const end = scene.arbiter.onLastMetrics((pid, metrics) => heard.push({ pid, metrics }))
    one?.say({ type: 'drained', cut: [] })
    one?.say({ type: 'drained', cut: [], appMetrics: [{ name: 'orders' }] })
    expect(heard).toEqual([{ pid: one?.pid, metrics: [{ name: 'orders' }] }])
    end()
    one?.say({ type: 'drained', cut: [], appMetrics: [] })
    expect(heard).toHaveLength(1)
  })
})
