import { ask, type Load } from './ask.ts'
import type { ClientSpec, KeepAliveSpec, OpenLoopSpec } from './clients.ts'
import { pause } from './pause.ts'
import { reuse } from './reuse.ts'

/** After a failure, so that a server which refuses is not asked ten thousand times a second. */
const PAUSE_AFTER_FAILURE_MS = 10

/** Resolves when the clients have stopped and what they had in flight has ended. */
export function runClients(load: Load, spec: ClientSpec): Promise<unknown> {
  switch (spec.kind) {
    case 'connection-per-request':
      return crowd(spec.concurrency, () => connectionPerRequest(load))
    case 'keep-alive':
      return crowd(spec.concurrency, (index) => keepAlive(load, spec, index))
    case 'open-loop':
      return openLoop(load, spec)
  }
}

function crowd(size: number, client: (index: number) => Promise<void>): Promise<unknown> {
  return Promise.all(Array.from({ length: size }, (_, index) => client(index)))
}

async function connectionPerRequest(load: Load): Promise<void> {
  while (!load.signal.aborted) {
    const { outcome } = await ask(load, { kind: 'connection-per-request', close: true })
    if (outcome !== 'ok') await pause(PAUSE_AFTER_FAILURE_MS, load.signal)
  }
}

async function keepAlive(load: Load, spec: KeepAliveSpec, index: number): Promise<void> {
  const { kind, thinkMs = [], honoursKeepAliveHint = true } = spec
  let kept: ReturnType<typeof reuse>
  for (let turn = index; !load.signal.aborted; turn++) {
    const asked = await ask(load, { kind, kept, close: false })
    const thinking = thinkMs[turn % thinkMs.length] ?? 0
    await pause(
      asked.outcome === 'ok' ? thinking : Math.max(thinking, PAUSE_AFTER_FAILURE_MS),
      load.signal,
    )
    kept = asked.kept && reuse(load, asked.kept, honoursKeepAliveHint)
  }
  await kept?.connection.close()
}

async function openLoop(load: Load, { kind, ratePerSecond }: OpenLoopSpec): Promise<void> {
  const inFlight = new Set<Promise<unknown>>()
  const startedMs = load.nowMs()
  for (let turn = 0; !load.signal.aborted; turn++) {
    const dueMs = startedMs + (turn * 1000) / ratePerSecond
    while (load.nowMs() < dueMs && !load.signal.aborted)
      await pause(dueMs - load.nowMs(), load.signal)
    if (load.signal.aborted) break
    const asking = ask(load, { kind, close: true, dueMs }).finally(() => inFlight.delete(asking))
    inFlight.add(asking)
  }
  await Promise.all(inFlight)
}
