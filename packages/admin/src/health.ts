import type { FleetStatus } from '@nunicorn/contract'

/** The three questions of Kubernetes' probes, by their paths. */
export type Probe = 'livez' | 'readyz' | 'startupz'

/** One thing that a probe looks at; undefined: it is well. */
export interface Check {
  readonly name: string
  readonly fault?: string
}

/** What a probe finds; pure. It is well if none of its checks has a fault. */
export function probe(which: Probe, status: FleetStatus): readonly Check[] {
  return checks[which](status)
}

const checks: Readonly<Record<Probe, (status: FleetStatus) => readonly Check[]>> = {
  // Who reads this has had an answer from the arbiter's event loop. Workers that fail are the arbiter's business: to restart
  // the container would take the healthy ones, too.
  livez: () => [{ name: 'arbiter' }],
  startupz: (status) => [hasStarted(status)],
  readyz: (status) => [hasStarted(status), wantsTraffic(status), hasReadyWorker(status)],
}

function hasStarted({ totals }: FleetStatus): Check {
  return check('started', totals.boots.count === 0 && 'no worker has been ready yet')
}

function wantsTraffic({ state }: FleetStatus): Check {
  const leaves = state === 'leaving' || state === 'stopping'
  return check('accepting', leaves && 'it is about to stop')
}

/** Degraded is ready: one worker that answers is better than nobody. */
function hasReadyWorker({ workers }: FleetStatus): Check {
  if (workers.some(({ state }) => state === 'ready')) return check('workers', false)
  const suspects = workers.filter(({ state }) => state === 'suspect').length
  const fault = suspects > 0 ? 'every worker has missed its beats' : 'no worker is ready'
  return check('workers', fault)
}

function check(name: string, fault: string | false): Check {
  return fault === false ? { name } : { name, fault }
}

/** As Kubernetes' own servers write it: `ok`, or all of the checks if one has failed or `verbose` is asked for. */
export function describeProbe(
  which: Probe,
  results: readonly Check[],
  { verbose }: { readonly verbose: boolean },
): { readonly isWell: boolean; readonly text: string } {
  const isWell = results.every(({ fault }) => fault === undefined)
  if (isWell && !verbose) return { isWell, text: 'ok\n' }
  const lines = results.map(({ name, fault }) =>
    fault === undefined ? `[+]${name} ok` : `[-]${name} failed: ${fault}`,
  )
  return {
    isWell,
    text: [...lines, `${which} check ${isWell ? 'passed' : 'failed'}`, ''].join('\n'),
  }
}
