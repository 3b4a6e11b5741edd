import { ask, type Load } from '../ask.ts'
import type { KeepAliveSpec } from '../clients.ts'
import { PAUSE_AFTER_FAILURE_MS, pause } from '../pause.ts'
import { reuse } from '../reuse.ts'

export async function keepAlive(load: Load, spec: KeepAliveSpec, index: number): Promise<void> {
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
