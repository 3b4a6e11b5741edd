import type { MethodName } from './methods.ts'

type Schema = Readonly<Record<string, unknown>>

const text: Schema = { type: 'string' }
const number: Schema = { type: 'number' }
const count: Schema = { type: 'integer', minimum: 0 }
const numbers: Schema = { type: 'array', items: number }
const level: Schema = { enum: ['debug', 'info', 'warning', 'error', 'critical'] }

/** An object with these properties at least; those of `more` need not be there. */
function object(
  properties: Readonly<Record<string, Schema>>,
  more: typeof properties = {},
): Schema {
  return {
    type: 'object',
    properties: { ...properties, ...more },
    required: Object.keys(properties),
  }
}

function list(items: Schema): Schema {
  return { type: 'array', items }
}

function reference(name: keyof typeof components): Schema {
  return { $ref: `#/components/schemas/${name}` }
}

const answers: Schema = object({
  '1xx': count,
  '2xx': count,
  '3xx': count,
  '4xx': count,
  '5xx': count,
  aborted: count,
})

/** By their exact status. */
const statuses: Schema = { type: 'object', additionalProperties: count }

const durations: Schema = object({ counts: numbers, sumSeconds: number })

const sample: Schema = object(
  {
    requests: count,
    inFlight: count,
    connections: count,
    droppedOutput: count,
    rssBytes: number,
    heapUsedBytes: number,
    heapLimitBytes: number,
    utilisation: number,
    loopDelayMs: number,
    cpuSeconds: number,
  },
  { answers, statuses, durations },
)

/** What several answers are made of. Times are milliseconds since the epoch, ages and durations milliseconds. */
export const components: Readonly<
  Record<'FleetStatus' | 'WorkerStatus' | 'EventRecord' | 'Replacement' | 'WrittenFile', Schema>
> = {
  WorkerStatus: object(
    {
      number: count,
      pid: count,
      generation: count,
      state: { enum: ['booting', 'ready', 'suspect', 'draining', 'ending'] },
      workerClass: text,
      ageMs: number,
      silentMs: number,
      serves: numbers,
    },
    { bootMs: number, sample, memoryBytes: number },
  ),
  FleetStatus: object(
    {
      version: text,
      name: text,
      app: text,
      pid: count,
      at: number,
      startedAt: number,
      state: { enum: ['starting', 'serving', 'degraded', 'leaving', 'stopping'] },
      generation: count,
      target: count,
      listeners: list(text),
      workers: list({ $ref: '#/components/schemas/WorkerStatus' }),
      totals: object({
        requests: count,
        answers,
        statuses,
        durations,
        droppedOutput: count,
        boots: object({ count, totalMs: number, lastMs: number }),
        ends: { type: 'object', additionalProperties: count },
        reloads: object({ finished: count, refused: count, failed: count }),
      }),
    },
    {
      reload: object({
        generation: count,
        stage: { enum: ['reading', 'canary', 'soaking', 'rolling'] },
      }),
      lastReload: object(
        { result: { enum: ['finished', 'refused', 'failed'] }, at: number, generation: count },
        { why: text },
      ),
    },
  ),
  EventRecord: object(
    {
      sequence: count,
      at: number,
      type: text,
      level,
      message: text,
      details: { type: 'object' },
    },
    { worker: object({ number: count, pid: count, generation: count }) },
  ),
  Replacement: object({ worker: count, pid: count }, { replacedBy: count }),
  WrittenFile: object({ worker: count, pid: count, file: text, bytes: count, tookMs: number }),
}

/** What each method answers with. */
export const resultSchemas: Readonly<Record<MethodName, Schema>> = {
  status: reference('FleetStatus'),
  workers: list(reference('WorkerStatus')),
  reload: object({ generation: count, state: { enum: ['accepted', 'finished'] } }),
  scale: object({ workers: count }),
  restart: reference('Replacement'),
  kill: reference('Replacement'),
  reopen: object({ reopened: { const: true } }),
  config: { type: 'object', additionalProperties: object({ value: {}, origin: text }) },
  events: list(reference('EventRecord')),
  subscribe: object({ sequence: count }),
  unsubscribe: { type: 'object' },
  profile: reference('WrittenFile'),
  heap: reference('WrittenFile'),
  stack: object(
    {
      worker: count,
      pid: count,
      doing: {
        enum: ['idle', 'spinning', 'blocked', 'stopped', 'starved', 'debugged', 'unknown'],
      },
      stack: list(object({ functionName: text, url: text, line: count, column: count })),
    },
    { note: text },
  ),
  'log-level': object({ level, before: level }),
}
