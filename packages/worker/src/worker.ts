import type { Socket } from 'node:net'

import {
  type ArbiterMessage,
  type BootOrder,
  type CutWork,
  type DrainReport,
  ExitCode,
  type LeveledLogger,
  NunicornError,
  type ProcessSample,
  reportError,
  type RunningWorker,
  type WorkerContext,
  type WorkerStats,
} from '@nunicorn/contract'

import { answer, type Answerers } from './answer.ts'
import { publish } from './api.ts'
import type { OpenAccessLog } from '@nunicorn/logger/access'

import { appMetrics } from './app-metrics.ts'
import { createBackground } from './background.ts'
import { accessLogFor } from './access-log.ts'
import { boot, stageOf } from './boot.ts'
import type { Channel } from './channel.ts'
import { createDeadline } from './deadline.ts'
import type { Descriptors } from './descriptors.ts'
import { inspectSelf } from './inspect-self.ts'
import { type ClosedDoor, createDoors } from './doors.ts'
import { type Gatekeeper, keepGate } from './gatekeeper.ts'
import { oldestRequests } from './oldest-requests.ts'

/** What a worker needs from the process it lives in. */
export interface WorkerHost {
  readonly channel: Channel
  readonly log: LeveledLogger
  /** Ends the process once its last words are out. */
  exit(code: number): Promise<void>
  setTitle(title: string): void
  /** Has Node write what it knows to this folder if a fatal error ends the process. */
  reportFatalErrors(folder: string): void
  /** Called with an error that nobody has caught, just before it ends the process. */
  onCrash(listener: (error: unknown) => void): void
  /** Called for SIGTERM from outside. */
  onTerm(listener: () => void): void
  /** Chunks of output that could not be written. */
  droppedOutput(): number
  /** Measures the process; of its rates those since the call before. */
  sample(): ProcessSample
  readonly descriptors: Descriptors
}

type DrainOrder = Extract<ArbiterMessage, { type: 'drain' }>

/** How often a worker with a request limit looks at its count: an overshoot only delays its replacement. */
const retireCheckMs = 100
const noStats: WorkerStats = { requests: 0, inFlight: 0, connections: 0 }

/** The child side of nunicorn: boots an app through its class, beats, serves, and drains when told. */
export function startWorker(host: WorkerHost): void {
  const { channel, log } = host
  const background = createBackground()
  const deadline = createDeadline()
  /** By then the kernel's queues must be empty. */
  const emptying = createDeadline()
  let onConnection: ((socket: Socket) => void) | undefined
  let onOpen: (() => void) | undefined
  let gatekeeper: Gatekeeper | undefined
  const doors = createDoors((socket) => {
    gatekeeper?.accepted()
    onConnection?.(socket)
  })
  const metrics = appMetrics()
  const answerers: Answerers = { ...inspectSelf, 'app-metrics': () => metrics.read() }
  let accessLog: OpenAccessLog | undefined
  let order: BootOrder | undefined
  let running: RunningWorker | undefined
  let draining: Promise<void> | undefined
  /** The one between two regular ones. */
  let nextBeat: NodeJS.Timeout | undefined

  publish(background)
  channel.onMessage(receive)
  channel.onClose(becomeOrphan)
  host.onCrash(lastWords)
  host.onTerm(
    () =>
      void (running ? channel.send({ type: 'retire', reason: 'signal' }) : host.exit(ExitCode.ok)),
  )

  function receive(
    message: ArbiterMessage,
    handle: Parameters<Parameters<Channel['onMessage']>[0]>[1],
  ): void {
    switch (message.type) {
      case 'boot':
        return void bootNow(message.order)
      case 'listen':
        return handle && addDoor(message.socket, { ...message, handle })
      case 'unlisten':
        return doors.remove(message.socket)
      case 'shed':
        return shed(message.count)
      case 'drain':
        return leave(message)
      case 'log-level':
        return void (log.level = message.level)
      case 'ask':
        return void answer(message, { answerers, channel })
    }
  }

  function lastWords(error: unknown): void {
    const requests = oldestRequests()
    void channel.send({
      type: 'crashing',
      error: reportError(error),
      ...(requests.length > 0 && { requests }),
    })
  }

  function addDoor(socket: string, door: ClosedDoor): void {
    try {
      doors.add(socket, door)
    } catch (error) {
      log.error(reportError(error).message)
    }
  }

  async function bootNow(given: BootOrder): Promise<void> {
    order = given
    log.level = order.logLevel
    host.setTitle(`nunicorn: worker ${order.number} [${order.name}]`)
    if (order.reportFolder !== undefined) host.reportFatalErrors(order.reportFolder)
    setInterval(beat, order.beatMs)
    try {
      accessLog = await accessLogFor(order, log)
      if (accessLog) answerers['reopen-logs'] = () => accessLog?.reopen()
      const booted = await boot(order, contextFor(order))
      if (draining) return
      if (onConnection === undefined) throw neverServes(booted.workerClass.name)
      running = booted.running
      doors.open()
      onOpen?.()
      gatekeeper = keepDoors(order)
      watchRequests(order)
      const { workerClass, why } = booted
      await channel.send({ type: 'ready', workerClass: workerClass.name, ...(why && { why }) })
    } catch (error) {
      const stage = stageOf(error)
      await channel.send({
        type: 'boot-failed',
        stage,
        error: reportError(error, { caller: new URL('.', import.meta.url).href }),
      })
      await host.exit(stage === 'app-load' ? ExitCode.appLoadError : ExitCode.bootError)
    }
  }

  function contextFor({ number, generation, settings }: BootOrder): WorkerContext {
    return {
      number,
      generation,
      settings,
      log,
      ...(accessLog && { accessLog }),
      serve(listener, hooks) {
        onConnection = listener
        onOpen = hooks?.onOpen
      },
      addresses: () => doors.addresses(),
      waitUntil: (work) => background.waitUntil(work),
      onClose: (close) => background.onClose(close),
    }
  }

  function beat(): void {
    const stats = running?.stats?.() ?? noStats
    void channel.send({
      type: 'beat',
      stats,
      process: host.sample(),
      droppedOutput: host.droppedOutput() + (accessLog?.dropped ?? 0),
    })
  }

  function shed(count: number): void {
    if (count > 0) running?.shed?.(count)
    clearTimeout(nextBeat)
    nextBeat = setTimeout(beat, (order?.beatMs ?? 0) / 2)
  }

  function keepDoors({ workerConnections }: BootOrder): Gatekeeper {
    return keepGate({
      doors,
      maxConnections: workerConnections,
      descriptors: host.descriptors,
      askSocket: (socket) => void channel.send({ type: 'ask-socket', socket }),
      log,
    })
  }

  function watchRequests({ maxRequests }: BootOrder): void {
    if (maxRequests === 0) return
    const timer = setInterval(() => {
      if ((running?.stats?.().requests ?? 0) < maxRequests) return
      clearInterval(timer)
      void channel.send({ type: 'retire', reason: 'max-requests' })
    }, retireCheckMs)
  }

  /** A second order to leave can only bring the deadline nearer. */
  function leave({
    deadlineMs,
    acceptQueued,
  }: Pick<DrainOrder, 'deadlineMs' | 'acceptQueued'>): void {
    deadline.in(deadlineMs)
    // Clients that keep connecting must not take the time in which the rest is to be finished.
    emptying.in(deadlineMs / 2)
    draining ??= drain(acceptQueued)
  }

  async function drain(acceptQueued: boolean): Promise<void> {
    if (running === undefined) return await host.exit(ExitCode.ok)
    await doors.close(acceptQueued ? emptying.signal : undefined)
    gatekeeper?.stop()
    const { cut } = await drainClass(running)
    accessLog?.flush()
    const unsettled = await background.settle(deadline.signal)
    const lastMetrics = await metrics.last()
    await background.close((error) => log.error(`A close hook failed: ${tellOf(error)}`))
    // All that has come since the last one, or it would never be counted.
    beat()
    await channel.send({
      type: 'drained',
      cut: unsettled === 0 ? cut : [...cut, ...unfinished(unsettled)],
      ...(lastMetrics && { appMetrics: lastMetrics }),
    })
    await host.exit(ExitCode.ok)
  }

  /** A class that fails here must not keep the app from closing what it has open. */
  async function drainClass(running: RunningWorker): Promise<DrainReport> {
    try {
      const report: unknown = await running.drain(deadline.signal)
      return isDrainReport(report) ? report : { cut: [] }
    } catch (error) {
      log.error(`The worker class failed to drain: ${tellOf(error)}`)
      return { cut: [] }
    }
  }

  /** Nobody will replace this worker or tell it to stop: it finishes what it holds and leaves. */
  function becomeOrphan(): void {
    host.setTitle(`nunicorn: orphaned worker ${order?.number ?? 0} [${order?.name ?? ''}]`)
    log.warning('The arbiter is gone: finishing what is in flight, then leaving.')
    leave({ deadlineMs: order?.settings.gracefulTimeoutMs ?? 0, acceptQueued: true })
  }
}

function tellOf(error: unknown): string {
  const { message, stack } = reportError(error)
  return stack ?? message
}

/** A class written in JavaScript may well resolve with nothing. */
function isDrainReport(report: unknown): report is DrainReport {
  return (
    typeof report === 'object' && report !== null && 'cut' in report && Array.isArray(report.cut)
  )
}

function unfinished(count: number): readonly CutWork[] {
  return [
    {
      kind: 'background',
      what: `${count} background job${count === 1 ? '' : 's'}`,
      ageMs: 0,
      bytes: 0,
    },
  ]
}

function neverServes(name: string): NunicornError {
  return new NunicornError({
    code: 'bad-class',
    message: `The worker class ${name} resolved start() without having called context.serve().`,
    hint: 'start() must hand a connection listener to context.serve() before it resolves.',
  })
}
