import {
  type Backlog,
  type FleetStatus,
  type LeveledLogger,
  type LogLevel,
  NunicornError,
  type Question,
  reportError,
} from '@nunicorn/contract'
import { addressUrl } from '@nunicorn/sockets'

import { readBacklogs } from './backlogs.ts'
import { createChronicle } from './chronicle.ts'
import { monotonicClock } from './clock.ts'
import { diagnostician } from './diagnose/diagnose.ts'
import { droppedOutputNotice } from './dropped-output.ts'
import { createEngine, type Engine } from './engine.ts'
import { makeReportFolder, readFatalReport, type ReportFolder } from './fatal-report.ts'
import { fleetStatus } from './fleet-status.ts'
import { createFleet, type Generation } from './fleet.ts'
import { createInspections, type Inspections } from './inspections.ts'
import { createJournal, type Journal } from './journal.ts'
import { listenerWatch, lookEveryMs } from './listener-watch.ts'
import { createListenerPool } from './listeners.ts'
import {
  assertNever,
  type Effect,
  type Event,
  initialState,
  type Report,
  type State,
} from './machine/index.ts'
import { memoryGauge } from './memory-gauge.ts'
import { memoryRoom } from './memory-room.ts'
import { memoryWatch } from './memory-watch.ts'
import { createOrders, type Orders } from './orders.ts'
import { orphanGuard } from './orphan-guard.ts'
import { outOfMemoryWatch } from './out-of-memory.ts'
import { createProgramSockets } from './program/program-sockets.ts'
import type { Clock, Diagnostician, MemoryGauge, OrphanGuard, SpawnWorker } from './ports.ts'
import { type ArbiterSettings, rulesFor } from './settings.ts'
import { createTally } from './tally.ts'
import { withinTime } from './within-time.ts'
import { eventOf } from './worker-events.ts'
import { childProcesses } from './worker-process.ts'

export interface ArbiterOptions {
  readonly settings: ArbiterSettings
  /** Called for each reload. What it throws refuses the reload. */
  readonly readSettings: () => Promise<ArbiterSettings>
  /** The file that a worker process runs: `@nunicorn/worker/main`. */
  readonly workerMain: string
  /** The file of the command: worker classes installed with it are found from there. */
  readonly command: string
  readonly log: LeveledLogger
  /** USR1: goes on with the log file that has the name now. */
  readonly reopenLog?: () => void
  /** Shown in {@link FleetStatus}. */
  readonly version: string
}

/** What the arbiter needs of the world; each has a real default. */
export interface ArbiterPorts {
  readonly clock?: Clock
  readonly spawnWorker?: SpawnWorker
  readonly diagnostician?: Diagnostician
  readonly orphanGuard?: () => OrphanGuard
  readonly memoryGauge?: MemoryGauge
}

/** The supervisor. Creating it is inert. */
export interface Arbiter {
  /**
   * Binds the addresses, spawns the workers and keeps them serving.
   * @returns the exit code, once everything has ended.
   * @throws NunicornError if an address cannot be bound; then nothing was started.
   */
  run(): Promise<number>
  /** HUP. Any number of calls during a reload make one more reload. */
  reload(): void
  /** TTIN, TTOU: so many workers more or fewer, never below one. */
  scale(by: number): void
  /** TERM is graceful, INT and QUIT are quick; the signal's number goes into the exit code of a forced stop. */
  stop(stop: { readonly how: 'graceful' | 'quick'; readonly signalNumber: number }): void
  /** USR1: all log files are opened anew, the workers' too. */
  reopenLogs(): void
  /** For the arbiter and all workers, until the next reload reads the settings again. */
  setLogLevel(level: LogLevel): void
  /** What is known of the fleet at this moment, by the last beats. */
  status(): FleetStatus
  /** What an operator wants done, and to be told when it is. */
  readonly orders: Orders
  /** How an operator looks into workers that are to live on. */
  readonly inspections: Inspections
  /** How many connections wait to be accepted, as far as the kernel tells. */
  backlogs(): Promise<readonly Backlog[]>
  /**
   * Asks the worker with this pid.
   * @throws NunicornError `no-answer` if none has come after `timeoutMs`, or there is no such worker; otherwise the
   * worker's own error.
   */
  ask(pid: number, question: Question, timeoutMs: number): Promise<unknown>
  /**
   * Calls back with what a worker that ends has to say of its app's metrics, if it has ever been asked for them.
   * @returns a function that ends it
   */
  onLastMetrics(listener: (pid: number, metrics: unknown) => void): () => void
  /** What has happened. */
  readonly events: Pick<Journal, 'recent' | 'subscribe'>
}

/** For a worker to open its log files anew. */
const answerWithinMs = 5_000

/** The pure machine decides; this is the shell that performs what it decides and tells it what happens. */
export function createArbiter(options: ArbiterOptions, ports: ArbiterPorts = {}): Arbiter {
  const { log, settings: firstSettings } = options
  const pool = createListenerPool()
  const sockets = createProgramSockets(pool)
  const doctor = ports.diagnostician ?? diagnostician()
  const isOutOfMemory = outOfMemoryWatch()
  const room = memoryRoom()
  const clock = ports.clock ?? monotonicClock()
  const drops = droppedOutputNotice(log, () => clock.now())
  const generations = new Map<number, Generation>()
  const startedAt = Date.now()
  const finished = Promise.withResolvers<number>()
  const early: Event[] = []
  /** What has been sent SIGKILL from here is no victim of the kernel's. */
  const killedByUs = new Set<number>()
  let reports: ReportFolder | undefined
  let guard: OrphanGuard | undefined
  let engine: Engine | undefined
  let looks: NodeJS.Timeout | undefined
  const journal = createJournal()
  const tally = createTally()
  const metricsListeners = new Set<(pid: number, metrics: unknown) => void>()

  const fleet = createFleet({
    reportFolder: () => reports?.path,
    spawnWorker: ports.spawnWorker ?? childProcesses({ main: options.workerMain }),
    command: options.command,
    onLog: ({ pid, ...worker }, { level, message, fields }) =>
      log[level](message, { ...fields, pid, worker: { ...worker, pid } }),
    onOutput: ({ pid, ...worker }, { stream, text }) =>
      log[stream === 'stdout' ? 'info' : 'error'](text, {
        pid,
        worker: { ...worker, pid },
        stream,
      }),
    onMessage(id, message) {
      if (message.type === 'beat') {
        drops.beat(fleet.pid(id), message.droppedOutput)
        const { sample } = fleet.look(id)
        if (sample) tally.sample(id, sample)
      }
      if (message.type === 'drained' && message.appMetrics)
        for (const listener of metricsListeners) listener(fleet.pid(id), message.appMetrics)
      dispatch(eventOf(id, message))
    },
    onMalformed(id) {
      log.warning(
        `Worker with pid ${fleet.pid(id)} sends messages that look like nunicorn's own and are not; they are ignored. Does the app call process.send()?`,
      )
    },
    onExit(id, exit) {
      const isOurs = killedByUs.delete(id)
      const outOfMemory = exit.signal === 'SIGKILL' && !isOurs && isOutOfMemory()
      const { pid, reportFolder } = fleet.look(id)
      const report =
        exit.signal !== null && reportFolder !== undefined
          ? readFatalReport(reportFolder, pid)
          : undefined
      dispatch({
        type: 'worker-exited',
        id,
        exit: { ...exit, outOfMemory, ...(report && { report }) },
        random: Math.random(),
      })
    },
  })

  const memory = memoryWatch({
    gauge: ports.memoryGauge ?? memoryGauge(),
    weighed: () => fleet.weighed(),
    onMeasured(id, bytes) {
      fleet.measured(id, bytes)
      dispatch({ type: 'worker-measured', id, bytes })
    },
  })

  const orders = createOrders({
    state: stateNow,
    dispatch,
    fleet,
    settings: () => current().settings,
  })
  const inspections = createInspections({ state: stateNow, dispatch, fleet, doctor })
  const chronicle = createChronicle({ log, fleet, journal, tally, current: () => current() })

  const watch = listenerWatch({
    log,
    listeners: () => current().listeners,
    backlog: () => current().settings.backlog,
  })

  return {
    async run() {
      generations.set(1, {
        number: 1,
        settings: firstSettings,
        listeners: await sockets.open(firstSettings),
      })
      reports = makeReportFolder()
      engine = createEngine({ rules: rulesFor(firstSettings), clock, perform })
      // First: an early stop ends it, and would else find the files of closed sockets gone.
      looks = setInterval(() => watch.look(), lookEveryMs).unref()
      dispatch({ type: 'ticked' })
      for (const event of early.splice(0)) dispatch(event)
      const exitCode = await finished.promise
      await pool.close()
      reports.close()
      return exitCode
    },
    reload: () => dispatch({ type: 'reload-asked' }),
    scale: (by) => dispatch({ type: 'scale-asked', by }),
    stop: (stop) => dispatch({ type: 'stop-asked', ...stop }),
    reopenLogs,
    setLogLevel,
    status,
    orders,
    inspections,
    backlogs: () => readBacklogs(current().listeners),
    ask,
    onLastMetrics(listener) {
      metricsListeners.add(listener)
      return () => void metricsListeners.delete(listener)
    },
    events: journal,
  }

  function reopenLogs(): void {
    options.reopenLog?.()
    log.info('Opened the log files anew')
    for (const id of fleet.ids()) void reopenLogsOf(id)
  }

  async function reopenLogsOf(id: number): Promise<void> {
    try {
      await fleet.ask(id, { type: 'reopen-logs' }, answerWithinMs)
    } catch (error) {
      // One that is about to end, or has none: there is nothing that could be lost.
      log.debug(`Worker with pid ${fleet.pid(id)}: ${reportError(error).message}`)
    }
  }

  function setLogLevel(level: LogLevel): void {
    log.level = level
    fleet.logLevel = { level, generation: stateNow().generation }
    for (const id of fleet.ids()) fleet.send(id, { type: 'log-level', level })
  }

  function stateNow(): State {
    if (engine === undefined)
      throw new NunicornError({ code: 'starting', message: 'The arbiter has not started yet.' })
    return engine.state
  }

  function status(): FleetStatus {
    const { settings, listeners } = current()
    const { lastReload } = chronicle
    const now = clock.now()
    return {
      version: options.version,
      name: settings.name,
      app: settings.app,
      pid: process.pid,
      at: Date.now(),
      startedAt,
      ...fleetStatus(engine?.state ?? initialState(rulesFor(settings), now), { fleet, now }),
      ...(lastReload && { lastReload }),
      listeners: listeners.map((listener) => addressUrl(listener.address)),
      totals: tally.totals(),
    }
  }

  async function ask(pid: number, question: Question, timeoutMs: number): Promise<unknown> {
    const id = fleet.idOf(pid)
    if (id === undefined)
      throw new NunicornError({ code: 'no-answer', message: `There is no worker with pid ${pid}.` })
    return await fleet.ask(id, question, timeoutMs)
  }

  /** A signal may come while the addresses are still being bound. */
  function dispatch(event: Event): void {
    if (engine) engine.dispatch(event)
    else early.push(event)
  }

  function perform(effect: Effect): void {
    switch (effect.type) {
      case 'spawn-worker':
        return spawn(effect)
      case 'assign-slots':
        return fleet.assign(effect.id, effect.slots)
      case 'drain-worker':
        return fleet.send(effect.id, {
          type: 'drain',
          deadlineMs: effect.deadlineMs,
          acceptQueued: effect.acceptQueued,
        })
      case 'shed-connections':
        return fleet.send(effect.id, { type: 'shed', count: effect.count })
      case 'signal-worker':
        if (effect.signal === 'SIGKILL') killedByUs.add(effect.id)
        return fleet.signal(effect.id, effect.signal)
      case 'watch-worker':
        return doctor.watch(fleet.pid(effect.id))
      case 'diagnose-worker':
        return void diagnose(effect.id)
      case 'read-settings':
        return void readSettings(effect.generation)
      case 'close-sockets':
        clearInterval(looks)
        return void pool.close()
      case 'report':
        return tell(effect.report)
      case 'exit':
        guard?.close()
        memory.stop()
        return finished.resolve(effect.code)
      default:
        return assertNever(effect)
    }
  }

  function spawn({
    id,
    slot,
    generation: number,
  }: Extract<Effect, { type: 'spawn-worker' }>): void {
    const generation = generations.get(number)
    if (generation === undefined) throw new Error(`no settings for generation ${number}`)
    try {
      pool.grow(slot)
      fleet.spawn({ id, slot, generation })
      const { program, gracefulTimeoutMs: graceMs } = generation.settings
      // Not before there is somebody to guard: it is another process to start, and the first worker boots meanwhile.
      guard ??= (ports.orphanGuard ?? orphanGuard)()
      guard.add(fleet.pid(id), program && { graceMs })
      memory.start()
    } catch (error) {
      // Out of descriptors or processes: it counts as a death, and is tried again as after any other.
      const exit = {
        code: null,
        signal: null,
        outOfMemory: false,
        heapFull: false,
        spawnError: reportError(error).message,
      }
      dispatch({ type: 'worker-exited', id, exit, random: Math.random() })
    }
  }

  async function diagnose(id: number): Promise<void> {
    const diagnosis = await doctor.diagnose(fleet.pid(id), fleet.captureStack(id))
    dispatch({ type: 'worker-diagnosed', id, diagnosis })
  }

  /** What is wrong with the new settings, an address that cannot be bound included, refuses the reload; a lack of memory, too. */
  async function readSettings(number: number): Promise<void> {
    try {
      const settings = await withinTime(options.readSettings())
      room.check()
      generations.set(number, {
        number,
        settings,
        listeners: await sockets.open(settings, current().settings),
      })
      dispatch({ type: 'settings-read', rules: rulesFor(settings) })
    } catch (error) {
      dispatch({ type: 'settings-refused', error: reportError(error) })
    }
  }

  /** What the newest proven generation has. */
  function current(): Pick<Generation, 'settings' | 'listeners'> {
    const proven = generations.get(engine?.state.generation ?? 1)
    return proven ?? { settings: firstSettings, listeners: [] }
  }

  function tell(report: Report): void {
    chronicle.tell(report)
    orders.heard(report)
    if (report.type === 'worker-ready') room.ready(fleet.pid(report.id))
    if (report.type === 'worker-ended') bury(report.id)
    if (report.type === 'reload-failed' || report.type === 'reload-finished') forgetOldGenerations()
  }

  function bury(id: number): void {
    guard?.remove(fleet.pid(id))
    doctor.forget(fleet.pid(id))
    drops.forget(fleet.pid(id))
    room.forget(fleet.pid(id))
    fleet.forget(id)
    forgetOldGenerations()
  }

  /** The sockets of an address that a reload gave up stay open until the last worker that served them has gone. */
  function forgetOldGenerations(): void {
    if (
      engine === undefined ||
      engine.state.phase !== 'running' ||
      engine.state.reload !== undefined
    )
      return
    const used = new Set([engine.state.generation, ...fleet.generations()])
    for (const number of generations.keys()) if (!used.has(number)) generations.delete(number)
    void pool.keep([...generations.values()].map((generation) => generation.listeners))
  }
}
