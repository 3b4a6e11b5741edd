import {
  addAnswers,
  addDurations,
  durationBounds,
  type Durations,
  type EventRecord,
  type FleetStatus,
  noAnswers,
  noDurations,
  type WorkerStatus,
} from '@nunicorn/contract'

interface Process {
  readonly number: number
  readonly pid: number
  readonly bornAt: number
  beatAt: number
  requests: number
  durations: Durations
  said: { readonly requests: number; readonly durations: Durations } | undefined
  suspect: boolean
}

/** An instance whose time, requests and deaths are what a test says. */
export interface FakeFleet {
  readonly now: number
  pass(ms: number): void
  start(number: number): Process
  /** So many answers, each of which took so long. */
  answer(process: Process, options: { readonly count: number; readonly tookMs: number }): void
  beat(process: Process): void
  end(process: Process): void
  restartArbiter(): void
  status(): FleetStatus
}

export function fakeFleet(): FakeFleet {
  let now = 1_700_000_000_000
  let pid = 100
  let arbiter = { pid, startedAt: now }
  let processes: Process[] = []
  let dead = { requests: 0, durations: noDurations }

  return {
    get now() {
      return now
    },
    pass: (ms) => void (now += ms),
    start(number) {
      const process: Process = {
        number,
        pid: ++pid,
        bornAt: now,
        beatAt: now,
        requests: 0,
        durations: noDurations,
        said: undefined,
        suspect: false,
      }
      processes.push(process)
      return process
    },
    answer(process, { count, tookMs }) {
      const bucket = durationBounds.findIndex((bound) => tookMs / 1_000 <= bound)
      const counts = noDurations.counts.map((_, index) =>
        index === (bucket === -1 ? durationBounds.length : bucket) ? count : 0,
      )
      process.requests += count
      process.durations = addDurations(process.durations, {
        counts,
        sumSeconds: (count * tookMs) / 1_000,
      })
    },
    beat(process) {
      process.beatAt = now
      process.said = { requests: process.requests, durations: process.durations }
    },
    end(process) {
      processes = processes.filter((other) => other !== process)
      dead = added(dead, process.said ?? dead0)
    },
    restartArbiter() {
      arbiter = { pid: ++pid, startedAt: now }
      processes = []
      dead = dead0
    },
    status: () => ({
      version: '0.0.0',
      name: 'fake',
      app: 'app.ts',
      ...arbiter,
      at: now,
      state: 'serving',
      generation: 1,
      target: processes.length,
      listeners: ['http://127.0.0.1:8000'],
      workers: processes.map((process) => workerStatus(process, now)),
      totals: {
        ...processes.map(({ said }) => said ?? dead0).reduce(added, dead),
        answers: addAnswers(noAnswers, noAnswers),
        statuses: {},
        droppedOutput: 0,
        cpuSeconds: 0,
        boots: { count: 0, totalMs: 0, lastMs: 0 },
        ends: {},
        reloads: { finished: 0, refused: 0, failed: 0 },
      },
    }),
  }
}

const dead0 = { requests: 0, durations: noDurations }

function added(some: typeof dead0, more: typeof dead0): typeof dead0 {
  return {
    requests: some.requests + more.requests,
    durations: addDurations(some.durations, more.durations),
  }
}

function workerStatus(process: Process, now: number): WorkerStatus {
  const { number, pid, bornAt, beatAt, said, suspect } = process
  return {
    number,
    pid,
    generation: 1,
    state: suspect ? 'suspect' : said ? 'ready' : 'booting',
    workerClass: 'http',
    ageMs: now - bornAt,
    silentMs: now - beatAt,
    serves: [number],
    ...(said && {
      sample: {
        ...said,
        inFlight: 1,
        connections: 2,
        rssBytes: 50e6,
        heapUsedBytes: 10e6,
        heapLimitBytes: 4e9,
        utilisation: 0.5,
        loopDelayMs: 1,
        cpuSeconds: 1,
        droppedOutput: 0,
      },
    }),
  }
}

export function event(
  sequence: number,
  { type = 'worker-ready', number = 1, details = {} }: Partial<EventOptions> = {},
): EventRecord {
  return {
    sequence,
    at: 1_700_000_000_000 + sequence,
    type,
    level: 'info',
    message: `Worker ${number} (pid 7) is ready`,
    worker: { number, pid: 7, generation: 1 },
    details,
  }
}

interface EventOptions {
  readonly type: string
  readonly number: number
  readonly details: EventRecord['details']
}
