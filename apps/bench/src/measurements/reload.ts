import type { Measurement, Subject } from '../measurement.ts'
import { startedAt } from '../proc.ts'
import type { Quantity } from '../quantity.ts'
import { meetWorkers } from '../server.ts'
import { mean } from '../statistics.ts'
import { lostRequests, ride, startDisturbedLoad, waitUntil } from './disturbed-load.ts'

export const lostPerReload: Quantity = {
  name: 'requests lost per reload',
  unit: 'requests',
  better: 'lower',
}
export const longestWait: Quantity = {
  name: 'longest wait for an answer during reloads',
  unit: 'ms',
  better: 'lower',
}
export const reloadTime: Quantity = { name: 'duration of a reload', unit: 's', better: 'lower' }

const reloads = 3
const requestsBefore = 500
const patienceMs = 60_000

/** Under load, with the tool's own command: from giving it until all workers are new and the old ones are gone. */
export const reload: Measurement = {
  quantities: [lostPerReload, longestWait, reloadTime],
  async measure(subject, { quick, signal, remark }) {
    const { entrant, server } = subject
    if (!entrant.contender.reload) return new Map()
    await using load = startDisturbedLoad(server.port)
    const durations: number[] = []
    const times = quick ? 1 : reloads
    try {
      for (let time = 0; time < times; time += 1) {
        await ride(load, requestsBefore)
        durations.push(await reloadOnce(subject, signal))
      }
    } catch (error) {
      signal.throwIfAborted()
      remark(`${entrant.name}: ${(error as Error).message}`)
    }
    await ride(load, requestsBefore)
    const report = await load.stop()
    const sample = new Map([
      [lostPerReload, lostRequests(report) / times],
      [longestWait, report.longestWait()?.waitMs ?? NaN],
    ])
    if (durations.length > 0) sample.set(reloadTime, mean(durations))
    return sample
  },
}

/** In seconds. */
async function reloadOnce({ entrant, server }: Subject, signal: AbortSignal): Promise<number> {
  const { contender, workers: count } = entrant
  const old = new Set(await meetWorkers(server.port, { count, signal }))
  const oldProcesses = processesOf(old)
  const beganAt = performance.now()
  const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  await contender.reload!(server)
  await meetWorkers(server.port, { count, signal: patience, isWanted: (one) => !old.has(one) })
  await waitUntil(() => oldProcesses.every(({ pid, id }) => startedAt(pid) !== id), {
    what: 'a reload',
    patienceMs,
    signal,
  })
  return (performance.now() - beganAt) / 1_000
}

/** None, where workers are threads. */
function processesOf(workers: ReadonlySet<string>): readonly Process[] {
  return [...workers]
    .filter((worker) => !worker.includes('.'))
    .map((worker) => ({ pid: Number(worker), id: startedAt(Number(worker)) }))
}

interface Process {
  readonly pid: number
  readonly id: string | undefined
}
