import {
  type AnswerCounts,
  type CutWork,
  type Durations,
  type ErrorReport,
  type LogLevel,
  noAnswers,
  noDurations,
  type ProcessSample,
  type StatusCounts,
  type WorkerMessage,
  type WorkerStats,
  shortened,
} from '@nunicorn/contract'

import { readOpenRequests } from './open-requests.ts'

/**
 * What came over a worker's channel, which the worker shares with its app: a message of ours; `malformed`, which has the
 * type of one and not its shape; or undefined, words of the app that mean nothing here (`process.send('ready')` for PM2).
 */
export function readWorkerMessage(value: unknown): WorkerMessage | 'malformed' | undefined {
  if (!isRecord(value) || typeof value['type'] !== 'string') return undefined
  if (!Object.hasOwn(readers, value['type'])) return undefined
  return readers[value['type'] as WorkerMessage['type']](value) ?? 'malformed'
}

type Fields = Readonly<Record<string, unknown>>

const readers: {
  readonly [Type in WorkerMessage['type']]: (fields: Fields) => WorkerMessage | undefined
} = {
  ready: ({ workerClass, why }) =>
    isText(workerClass)
      ? { type: 'ready', workerClass, ...(isText(why) ? { why } : {}) }
      : undefined,
  'boot-failed'({ stage, error: given }) {
    const error = readError(given)
    const isStage = stage === 'app-load' || stage === 'boot'
    return isStage && error ? { type: 'boot-failed', stage, error } : undefined
  },
  // A beat is a sign of life whatever it carries: counters that a worker class got wrong are no reason to kill a worker.
  beat: ({ stats, process, droppedOutput }) => ({
    type: 'beat',
    stats: readStats(stats),
    process: readProcess(process),
    droppedOutput: readCount(droppedOutput),
  }),
  retire: ({ reason }) =>
    reason === 'max-requests' || reason === 'signal' ? { type: 'retire', reason } : undefined,
  'ask-socket': ({ socket }) => (isText(socket) ? { type: 'ask-socket', socket } : undefined),
  drained: ({ cut, appMetrics }) =>
    Array.isArray(cut)
      ? {
          type: 'drained',
          cut: cut.flatMap(readCut),
          ...(Array.isArray(appMetrics) && { appMetrics }),
        }
      : undefined,
  crashing({ error: given, requests: held }) {
    const error = readError(given)
    const requests = readOpenRequests(held)
    return error && { type: 'crashing', error, ...(requests && { requests }) }
  },
  log: ({ level, message, fields }) =>
    isLevel(level) && isText(message)
      ? { type: 'log', level, message, ...(isRecord(fields) ? { fields } : {}) }
      : undefined,
  answer({ id, result, error: given }) {
    if (!isWholeCount(id)) return undefined
    const error = readError(given)
    return error ? { type: 'answer', id, error } : { type: 'answer', id, result }
  },
}

function readError(value: unknown): ErrorReport | undefined {
  if (!isRecord(value)) return undefined
  const { code, message, hint, stack } = value
  if (!isText(code) || !isText(message)) return undefined
  return {
    code,
    message: shortened(message),
    ...(isText(hint) ? { hint } : {}),
    ...(isText(stack) ? { stack: shortened(stack) } : {}),
  }
}

const levels: ReadonlySet<unknown> = new Set<LogLevel>([
  'debug',
  'info',
  'warning',
  'error',
  'critical',
])

function isLevel(value: unknown): value is LogLevel {
  return levels.has(value)
}

function readStats(value: unknown): WorkerStats {
  const { requests, inFlight, connections, kept, ...more } = isRecord(value) ? value : {}
  const answers = readAnswers(more['answers'])
  const statuses = readStatuses(more['statuses'])
  const durations = readDurations(more['durations'])
  return {
    requests: readCount(requests),
    inFlight: readCount(inFlight),
    connections: readCount(connections),
    ...(isWholeCount(kept) ? { kept } : {}),
    ...(answers && { answers }),
    ...(statuses && { statuses }),
    ...(durations && { durations }),
  }
}

/** One wrong number would spoil all that it is added to. */
function readAnswers(value: unknown): AnswerCounts | undefined {
  if (!isRecord(value)) return undefined
  const counts = Object.keys(noAnswers).map((name) => [name, value[name]] as const)
  return counts.every(([, count]) => isWholeCount(count))
    ? (Object.fromEntries(counts) as unknown as AnswerCounts)
    : undefined
}

/** Their names go into StatsD's lines. */
function readStatuses(value: unknown): StatusCounts | undefined {
  if (!isRecord(value)) return undefined
  return Object.entries(value).every(([status, count]) => isStatus(status) && isWholeCount(count))
    ? (value as StatusCounts)
    : undefined
}

function isStatus(name: string): boolean {
  return /^[1-9]\d\d$/.test(name)
}

function readDurations(value: unknown): Durations | undefined {
  const { counts, sumSeconds } = isRecord(value) ? value : {}
  const fits = Array.isArray(counts) && counts.length === noDurations.counts.length
  const isSum = typeof sumSeconds === 'number' && sumSeconds >= 0
  return fits && isSum && counts.every(isWholeCount) ? { counts: counts, sumSeconds } : undefined
}

function readProcess(value: unknown): ProcessSample {
  const sample = isRecord(value) ? value : {}
  return {
    rssBytes: readCount(sample['rssBytes']),
    heapUsedBytes: readCount(sample['heapUsedBytes']),
    heapLimitBytes: readCount(sample['heapLimitBytes']),
    utilisation: readCount(sample['utilisation']),
    loopDelayMs: readCount(sample['loopDelayMs']),
    cpuSeconds: readCount(sample['cpuSeconds']),
  }
}

function readCut(value: unknown): readonly CutWork[] {
  if (!isRecord(value) || !isText(value['kind']) || !isText(value['what'])) return []
  const { kind, what, ageMs, bytes } = value
  return [{ kind, what, ageMs: readCount(ageMs), bytes: readCount(bytes) }]
}

/** JSON has null for NaN and for the infinities. */
function readCount(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0
}

/** A count that others are weighed against. */
function isWholeCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}
