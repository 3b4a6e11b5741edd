import type { FleetStatus, ReloadOutcome } from '@nunicorn/contract'

/** What there is to say, at one moment. */
export interface Scene {
  readonly status: FleetStatus
  /** CLOCK_MONOTONIC in microseconds: the service manager compares it with its own. */
  readonly nowUsec: number
  /** How often a sign of life is due; undefined where nobody wants any. */
  readonly watchdogUsec?: number
  /** Why the very first boot failed, once it has. */
  readonly failure?: string
}

/** What has been said, and when. */
export interface Said {
  readonly stage: 'starting' | 'ready' | 'reloading' | 'stopping'
  /** Of the reload that was announced last. */
  readonly reload: number
  readonly status: string
  /** What of the status is told at once when it changes. */
  readonly shape: string
  readonly statusAt: number
  readonly watchdogAt: number
  readonly extendedAt: number
  /** For the rate of requests. */
  readonly requests: number
  readonly countedAt: number
  readonly rate: number | undefined
}

export const nothingSaid: Said = {
  stage: 'starting',
  reload: 0,
  status: '',
  shape: '',
  statusAt: Number.NEGATIVE_INFINITY,
  watchdogAt: Number.NEGATIVE_INFINITY,
  extendedAt: Number.NEGATIVE_INFINITY,
  requests: 0,
  countedAt: Number.NaN,
  rate: undefined,
}

/** Live numbers are renewed so often; what else changes is told at once. */
const statusEveryUsec = 10_000_000
/** While it boots, reloads or stops, the service manager is asked for so much time again and again... */
const extensionUsec = 15_000_000
/** ...which it stops getting soon if this process is stuck. */
const extendEveryUsec = 5_000_000
/** Signs of life in the time in which one is due: if one is late, the next is still in time. */
const watchdogParts = 3

/**
 * Decides what the service manager is told now: the assignments of one message of sd_notify(3), none if there is
 * nothing new. To be called whenever something has happened, and every second or so.
 */
export function announce(
  before: Said,
  scene: Scene,
): { readonly said: Said; readonly message: readonly string[] } {
  const { nowUsec, status } = scene
  const said = countRequests(before, scene)
  const stage = stageOf(status, said.stage)
  const reload = status.reload?.generation ?? said.reload
  const change = changeOf(said, { stage, reload, scene })
  const text = statusText(scene, said.rate)
  const shape = shapeOf(scene)
  const tellsText = text !== said.status && (shape !== said.shape || isDue(said.statusAt, scene))
  const alive = wantsSignOfLife(said, scene)
  const extends_ = wantsTime(said, { stage, scene })
  return {
    said: {
      ...said,
      stage,
      reload,
      ...(tellsText && { status: text, shape, statusAt: nowUsec }),
      ...(alive && { watchdogAt: nowUsec }),
      ...(extends_ && { extendedAt: nowUsec }),
    },
    message: [
      ...change,
      ...(tellsText ? [`STATUS=${text}`] : []),
      ...(alive ? ['WATCHDOG=1'] : []),
      ...(extends_ ? [`EXTEND_TIMEOUT_USEC=${extensionUsec}`] : []),
    ],
  }
}

/**
 * Whether the service does what it is there for. If no worker has been well for as long as the watchdog waits, the arbiter
 * has had its time to mend that; the service manager may do better by starting everything anew.
 */
export function isHealthy({ state, workers }: FleetStatus): boolean {
  return state === 'stopping' || workers.some((worker) => worker.state === 'ready')
}

function stageOf({ state, reload }: FleetStatus, before: Said['stage']): Said['stage'] {
  // There is no way back: whoever has said STOPPING=1 stops.
  if (before === 'stopping' || state === 'stopping' || state === 'leaving') return 'stopping'
  if (state === 'starting') return 'starting'
  return reload === undefined ? 'ready' : 'reloading'
}

function changeOf(
  said: Said,
  {
    stage,
    reload,
    scene: { nowUsec, status },
  }: { readonly stage: Said['stage']; readonly reload: number; readonly scene: Scene },
): readonly string[] {
  // One reload may follow another without a moment in between.
  const isNextReload = stage === 'reloading' && reload !== said.reload
  if (stage === said.stage && !isNextReload) return []
  switch (stage) {
    case 'starting':
      return []
    case 'ready':
      return ['READY=1', ...(said.stage === 'starting' ? [`MAINPID=${status.pid}`] : [])]
    case 'reloading':
      // A reload that began before the first worker was ready: the service has to be up before it can be reloaded.
      return [
        ...(said.stage === 'starting' ? ['READY=1', `MAINPID=${status.pid}`] : []),
        'RELOADING=1',
        `MONOTONIC_USEC=${Math.round(nowUsec)}`,
      ]
    case 'stopping':
      return ['STOPPING=1']
  }
}

function isDue(at: number, { nowUsec }: Scene): boolean {
  return nowUsec - at >= statusEveryUsec
}

function wantsSignOfLife({ watchdogAt }: Said, { nowUsec, watchdogUsec, status }: Scene): boolean {
  if (watchdogUsec === undefined || status.state === 'starting') return false
  return nowUsec - watchdogAt >= watchdogUsec / watchdogParts && isHealthy(status)
}

/** Boots, drains and the arbiter's own deadlines are all bounded, so this ends. */
function wantsTime(
  { extendedAt, stage: before }: Said,
  { stage, scene: { nowUsec } }: { readonly stage: Said['stage']; readonly scene: Scene },
): boolean {
  if (stage === 'ready') return false
  return stage !== before || nowUsec - extendedAt >= extendEveryUsec
}

/** Requests per second since the numbers were last renewed. */
function countRequests(said: Said, { nowUsec, status }: Scene): Said {
  const { requests } = status.totals
  const seconds = (nowUsec - said.countedAt) / 1e6
  if (Number.isNaN(seconds)) return { ...said, requests, countedAt: nowUsec }
  if (seconds < 1) return said
  return {
    ...said,
    requests,
    countedAt: nowUsec,
    rate: Math.max(0, requests - said.requests) / seconds,
  }
}

function shapeOf({ status, failure }: Scene): string {
  const { state, generation, target, reload, lastReload, workers } = status
  return [
    [state, generation, countReady(workers), target],
    [reload?.stage, lastReload?.generation, failure],
  ].join()
}

function countReady(workers: FleetStatus['workers']): number {
  return workers.filter((worker) => worker.state === 'ready').length
}

function statusText({ status, failure }: Scene, rate: number | undefined): string {
  if (failure !== undefined) return onOneLine(failure)
  const { state, generation, target, reload, lastReload, workers } = status
  const ready = countReady(workers)
  const inFlight = workers.reduce((sum, { sample }) => sum + (sample?.inFlight ?? 0), 0)
  const count = `${ready}/${target} workers`
  if (state === 'starting') return `Booting, ${count}`
  if (state === 'leaving') return `Leaving, still serving; ${count}`
  if (state === 'stopping')
    return `Stopping, ${counted(workers.length, 'worker')} left, ${counted(inFlight, 'request')} in flight`
  return [
    `${state === 'degraded' ? 'Degraded: ' : ''}${count}`,
    `generation ${generation}`,
    ...(rate === undefined ? [] : [`${Math.round(rate)} requests/s`]),
    ...(reload ? [`reloading to generation ${reload.generation} (${reload.stage})`] : []),
    ...(reload === undefined ? complaint(lastReload) : []),
  ].join(', ')
}

function complaint(last: ReloadOutcome | undefined): readonly string[] {
  if (last === undefined || last.result === 'finished') return []
  return [
    `the last reload ${last.result === 'refused' ? 'was refused' : 'failed'}: ${onOneLine(last.why ?? '')}`,
  ]
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** A message is lines, and `systemctl status` shows one. */
function onOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 300)
}
