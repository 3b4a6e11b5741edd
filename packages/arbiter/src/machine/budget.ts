import { withSaid } from './news.ts'
import type { Budget, SlotHealth } from './state.ts'

/** A worker that lived this long after it was ready is healthy: its death is news, not a loop. */
export const stableAfterMs = 10_000

/** From this many young deaths in a row in one slot on, the service is degraded. */
const degradedAfterInSlot = 3
/** Or from this many in all slots together: a large fleet need not fail three times over to be in a crash loop. */
const degradedAfterInAll = 6

/** Whether workers die young so often that it is a loop. */
export function isCrashLoop(slots: readonly SlotHealth[]): boolean {
  const failures = slots.map((health) => health.failures)
  return (
    Math.max(0, ...failures) >= degradedAfterInSlot ||
    failures.reduce((sum, count) => sum + count, 0) >= degradedAfterInAll
  )
}

const firstDelayMs = 500
const longestDelayMs = 30_000
/** Sustained: one respawn in this time, fleet-wide. */
const refillMs = 5_000
/** Burst: this many at once, or one for each worker if there are more. */
const smallestBurst = 10

/**
 * How long to wait before the next try after so many young deaths in a row: not at all the first time, then 0.5 s
 * doubling up to 30 s, spread by a quarter so that slots do not march in step.
 */
export function backOffMs(failures: number, random: number): number {
  if (failures <= 1) return 0
  const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 2))
  return Math.round(delay * (0.75 + random / 2))
}

/** The history of a slot after a worker in it died without being asked to. */
export function afterDeath(
  health: SlotHealth | undefined,
  death: {
    readonly id: number
    readonly young: boolean
    readonly fromOutside: boolean
    readonly random: number
    readonly now: number
    /** As what it is told. */
    readonly kind: string
  },
): SlotHealth {
  const before = health?.failures ?? 0
  const failures = death.fromOutside ? before : death.young ? before + 1 : 0
  const delay = death.fromOutside ? 0 : backOffMs(failures, death.random)
  const said = withSaid(health?.said, death.kind)
  return { failures, lastDead: death.id, notBefore: death.now + delay, charged: death.young, said }
}

/** The bucket as it is now, for a fleet of so many workers. */
export function refill(
  budget: Budget,
  { workers, now }: { readonly workers: number; readonly now: number },
): Budget {
  const burst = Math.max(smallestBurst, workers)
  const tokens = Math.min(burst, budget.tokens + (now - budget.filledAt) / refillMs)
  return { tokens, filledAt: now }
}

/** When there will be a whole token again. */
export function nextTokenAt(budget: Budget): number {
  return budget.tokens >= 1
    ? budget.filledAt
    : budget.filledAt + Math.ceil((1 - budget.tokens) * refillMs)
}
