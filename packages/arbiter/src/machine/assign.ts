/** A worker as `assign` sees it. */
export interface Assignable {
  readonly id: number
  readonly slot: number
  readonly state: 'booting' | 'ready' | 'suspect'
}

/**
 * Which worker accepts on which slots' sockets.
 *
 * The kernel hashes each connection to one slot; two workers accept on it, its own and the next one in the ring, so that
 * one that is blocked, hung or gone delays nobody: the power of two choices, for nothing per request. A suspect accepts
 * only where nobody else could. A booting worker is given its own slot beforehand, and opens it once it is ready.
 */
export function assign({
  slots,
  workers,
  overlap = 2,
}: {
  readonly slots: number
  readonly workers: readonly Assignable[]
  readonly overlap?: number
}): ReadonlyMap<number, readonly number[]> {
  const assigned = new Map<number, number[]>(workers.map(({ id }) => [id, []]))
  const healthy = workers.filter((worker) => worker.state === 'ready')
  const serving =
    healthy.length > 0 ? healthy : workers.filter((worker) => worker.state === 'suspect')
  for (let slot = 1; slot <= slots; slot += 1) {
    for (const worker of nearest(serving, { slot, slots }).slice(0, overlap)) {
      assigned.get(worker.id)?.push(slot)
    }
  }
  for (const { id, slot, state } of workers) {
    if (state === 'booting') assigned.get(id)?.push(slot)
  }
  return assigned
}

/** In ring order from the slot on; of two workers with the same slot the newer one first. */
function nearest(
  workers: readonly Assignable[],
  { slot, slots }: { readonly slot: number; readonly slots: number },
): readonly Assignable[] {
  const distance = (worker: Assignable): number => (worker.slot - slot + slots) % slots
  return [...workers].sort((a, b) => distance(a) - distance(b) || b.id - a.id)
}
