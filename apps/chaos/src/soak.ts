import { setTimeout as sleep } from 'node:timers/promises'

import { type HeldConnections, killWithOracle } from '@nunicorn/torture'

import { atMost, type Check, check, equal, nothingLost } from './checks.ts'
import { clientB, clientC } from './clients.ts'
import { factsOf, noFacts } from './facts.ts'
import { freePort, isFree } from './free-port.ts'
import { descendantsOf, descriptorsOf, proportionalKilobytes, zombiesOf } from './processes.ts'
import { createProject } from './project.ts'
import { createStage, identities, survivors } from './stage.ts'
import type { Server } from './system.ts'
import { nunicorn } from './systems/nunicorn.ts'
import { until } from './until.ts'

/** What is looked at each few seconds, when no fault is under way. */
export interface Sample {
  readonly atMs: number
  readonly descriptors: number
  readonly supervisorKilobytes: number
  /** The greatest of the workers: each is young, for a reload replaces them all. */
  readonly workerKilobytes: number
  readonly processes: number
  readonly logLines: number
}

export interface Soak {
  readonly durationMs: number
  readonly requests: number
  readonly lost: number
  readonly excused: number
  readonly examples: readonly string[]
  /** How often each fault struck. */
  readonly faults: Readonly<Record<string, number>>
  readonly samples: readonly Sample[]
  readonly workers: number
  readonly exit: number | string
  readonly orphans: number
  readonly zombies: number
  readonly portFree: boolean
}

const periodsMs = { reload: 30_000, kill: 45_000, scale: 20_000, sample: 5_000, lap: 60_000 }
const workers = 2

/** Random faults under B, C and L, an even load that leaves the CPU to the faults, until the time is over or the signal is given; whatever the end, what was seen. */
export async function soak(
  {
    durationMs,
    onProgress,
  }: { readonly durationMs: number; readonly onProgress: (text: string) => void },
  signal: AbortSignal,
): Promise<Soak> {
  const port = await freePort()
  await using project = await createProject({ version: '0' })
  const plan = { project, port, workers, args: ['--soak=500ms'], env: {}, wrapper: [] }
  await using server = await nunicorn.start(plan)
  await server.log.waitFor(/is ready/, { count: workers })
  await using stage = createStage({
    system: nunicorn,
    server,
    project,
    workers,
    volume: 0,
    short: false,
    bootMs: 0,
    startAnother: () => Promise.reject(new Error('a soak has one server')),
  })
  const beganAt = performance.now()
  const faults: Record<string, number> = { reloads: 0, kills: 0, scalings: 0 }
  const held: HeldConnections[] = []
  const samples: Sample[] = []
  const family = new Map<string, { readonly pid: number; readonly startedAt: string }>()
  const total = { requests: 0, failed: 0, excused: 0, examples: [] as string[] }
  const startLap = () => [
    stage.load([clientC(), clientB()]),
    stage.load([{ kind: 'keep-alive', concurrency: 2, thinkMs: [100] }], {
      request: { path: '/stream?mb=4&rate=2' },
      timeoutMs: 15_000,
    }),
  ]
  /** In laps, because a load remembers every wait: an hour of them would fill the memory of this machine. */
  let lap = startLap()
  async function endLap(): Promise<void> {
    for (const load of lap) {
      const facts = factsOf(await load.stop(), held)
      total.requests += facts.requests
      total.failed += facts.failed
      total.excused += facts.excused
      total.examples.push(...facts.examples)
    }
  }
  const next = {
    reload: periodsMs.reload,
    kill: periodsMs.kill,
    scale: periodsMs.scale,
    sample: 3_000,
    lap: periodsMs.lap,
  }
  let surplus = 0
  while (!signal.aborted && performance.now() - beganAt < durationMs) {
    const nowMs = performance.now() - beganAt
    for (const each of identities(descendantsOf(server.supervisor ?? 0)))
      family.set(`${each.pid}-${each.startedAt}`, each)
    if (nowMs >= next.kill) {
      const pids = server.workers()
      const killed = await killUnlessGone(pids[Math.floor(Math.random() * pids.length)] ?? 0)
      if (killed === undefined) continue
      next.kill += periodsMs.kill
      held.push(killed)
      faults['kills'] = (faults['kills'] ?? 0) + 1
    } else if (nowMs >= next.scale) {
      next.scale += periodsMs.scale
      const up = surplus === 0
      process.kill(server.supervisor ?? 0, up ? 'SIGTTIN' : 'SIGTTOU')
      surplus += up ? 1 : -1
      faults['scalings'] = (faults['scalings'] ?? 0) + 1
    } else if (nowMs >= next.reload) {
      next.reload += periodsMs.reload
      await project.deploy({ version: String(Math.round(nowMs)) })
      await server.reload()
      faults['reloads'] = (faults['reloads'] ?? 0) + 1
    } else if (nowMs >= next.lap) {
      next.lap += periodsMs.lap
      await endLap()
      lap = startLap()
    } else if (nowMs >= next.sample) {
      next.sample += periodsMs.sample
      const settled = await until(() => server.workers().length === workers + surplus, {
        withinMs: 3_000,
      })
      if (settled) samples.push(sampleOf(server, nowMs))
      const requests = lap.reduce((sum, load) => sum + load.progress.requests, total.requests)
      const failed = lap.reduce((sum, load) => sum + load.progress.failed, total.failed)
      onProgress(
        `${Math.round(nowMs / 1_000)} s: ${requests} requests, ${failed} failed, ${total.excused} of them excused so far, ${JSON.stringify(faults)}, ${JSON.stringify(samples.at(-1))}`,
      )
    } else await sleep(50)
  }
  await endLap()
  if (surplus > 0) process.kill(server.supervisor ?? 0, 'SIGTTOU')
  const settled = await stage.recovery({ withinMs: 15_000 })
  const zombies = zombiesOf(server.supervisor ?? 0).length
  server.terminate()
  const exit = await Promise.race([server.exited, sleep(8_000, 'none: it goes on', { ref: false })])
  await until(() => survivors([...family.values()]).length === 0, { withinMs: 3_000 })
  return {
    durationMs: performance.now() - beganAt,
    requests: total.requests,
    lost: total.failed - total.excused,
    excused: total.excused,
    examples: total.examples.slice(0, 20),
    faults,
    samples,
    workers: settled === undefined ? server.workers().length : workers,
    exit,
    orphans: survivors([...family.values()]).length,
    zombies,
    portFree: await isFree(port),
  }
}

/** A worker that has been told to go may be gone before it is killed. */
async function killUnlessGone(pid: number): Promise<HeldConnections | undefined> {
  try {
    return await killWithOracle(pid)
  } catch (error) {
    if (['ESRCH', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

function sampleOf(server: Server, atMs: number): Sample {
  const { supervisor = 0, log } = server
  return {
    atMs: Math.round(atMs),
    descriptors: descriptorsOf(supervisor),
    supervisorKilobytes: proportionalKilobytes(supervisor),
    workerKilobytes: Math.max(0, ...server.workers().map(proportionalKilobytes)),
    processes: 1 + descendantsOf(supervisor).length,
    logLines: log.lines.length,
  }
}

/** Whether anything has been lost, has grown or is left. Pure. */
export function judgeSoak(seen: Soak): readonly Check[] {
  const { samples, faults } = seen
  const third = Math.max(1, Math.floor(samples.length / 3))
  const early = samples.slice(0, third)
  const late = samples.slice(-third)
  const incidents = Object.values(faults).reduce((sum, count) => sum + count, 0)
  const lines = samples.at(-1)?.logLines ?? 0
  return [
    check('there are samples to compare', samples.length >= 3, samples.length),
    nothingLost({ ...noFacts, ...seen, failed: seen.lost + seen.excused }),
    atMost(
      'median descriptors at the end',
      median(late, 'descriptors'),
      median(early, 'descriptors') + 6,
    ),
    atMost(
      'median kilobytes of the supervisor at the end',
      median(late, 'supervisorKilobytes'),
      median(early, 'supervisorKilobytes') * 1.05 + 8 * 1_024,
    ),
    atMost(
      'median kilobytes of a worker at the end',
      median(late, 'workerKilobytes'),
      median(early, 'workerKilobytes') * 1.25 + 64 * 1_024,
    ),
    atMost(
      'median processes at the end',
      median(late, 'processes'),
      median(early, 'processes') + 1,
    ),
    atMost('log lines', lines, 20 * Math.max(1, seen.durationMs / 60_000) + 12 * incidents),
    equal('the number of workers at the end', seen.workers, workers),
    equal('the number of processes left behind', seen.orphans, 0),
    equal('the number of zombies', seen.zombies, 0),
    check('the port is free after the end', seen.portFree, 'it is taken'),
    equal('the exit code after TERM', seen.exit, 0),
  ]
}

function median(samples: readonly Sample[], key: keyof Sample): number {
  const sorted = samples.map((sample) => sample[key]).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
