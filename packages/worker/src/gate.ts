/** How much of something there is, and how much there may be. */
export interface Holding {
  readonly used: number
  readonly limit: number
}

/** What a worker can run out of. */
export interface Load {
  /** Connections that it has accepted and that are still there. */
  readonly connections: Holding
  /** Of the whole process: the app's own files and sockets too. */
  readonly descriptors: Holding
}

export type Gate = 'open' | 'closed'

/**
 * Whether a worker accepts: libuv answers EMFILE by accepting and closing what waits, so that one worker at its descriptor
 * limit resets the clients of a queue that others serve too. With the gate closed they wait in the kernel, or others
 * accept them.
 *
 * A closed gate opens again a little below where it closed. A worker that holds no connection accepts as long as it can at
 * all: nothing that it could wait for would make more room.
 */
export function gate(state: Gate, { connections, descriptors }: Load): Gate {
  if (connections.used === 0) return descriptors.used < descriptors.limit ? 'open' : 'closed'
  const margin = state === 'open' ? 0 : 1
  const accepts =
    connections.used < connections.limit - margin * slack(connections.limit) &&
    descriptors.used < mostDescriptors(descriptors) - margin * slack(reserve(descriptors))
  return accepts ? 'open' : 'closed'
}

/** How many connections may be accepted before it is time to look again. */
export function room({ connections, descriptors }: Load): number {
  const left = Math.min(
    connections.limit - connections.used,
    mostDescriptors(descriptors) - descriptors.used,
  )
  return Math.max(1, left)
}

function mostDescriptors(descriptors: Holding): number {
  return descriptors.limit - reserve(descriptors)
}

/** What the app needs to answer those who are in already. */
function reserve({ limit }: Holding): number {
  return Math.min(1_000, Math.max(8, Math.ceil(limit / 10)))
}

function slack(size: number): number {
  return Math.min(50, Math.ceil(size / 20))
}
