import { readlink } from 'node:fs/promises'

import type { Backlog } from '@nunicorn/contract'
import { addressUrl, type BoundListener } from '@nunicorn/sockets'

import { listening, tcpRows } from './proc-net-tcp.ts'

/**
 * How many connections wait in each queue, from the kernel's own tables. Of Unix sockets they do not say it, and before a
 * worker listens, or without /proc, there is nothing to say.
 */
export async function readBacklogs(
  listeners: readonly BoundListener[],
): Promise<readonly Backlog[]> {
  const queues = (await Promise.all(listeners.flatMap(queuesOf))).filter(
    (queue) => queue.inode !== undefined,
  )
  if (queues.length === 0) return []
  const waiting = await connectionsWaiting()
  return queues.flatMap(({ inode = '', ...queue }) => {
    const count = waiting.get(inode)
    return count === undefined ? [] : [{ ...queue, waiting: count }]
  })
}

function queuesOf(
  listener: BoundListener,
): Promise<Omit<Backlog, 'waiting'> & { inode: string | undefined }>[] {
  if (listener.address.type === 'unix') return []
  const url = addressUrl(listener.address)
  const count = listener.shared ? 1 : listener.slots
  return Array.from({ length: count }, async (_, index) => ({
    listener: url,
    ...(!listener.shared && { slot: index + 1 }),
    inode: await inodeOf(listener.handle(index).fd),
  }))
}

async function inodeOf(fd: number): Promise<string | undefined> {
  const link = await readlink(`/proc/self/fd/${fd}`).catch(() => '')
  return /^socket:\[(\d+)\]$/.exec(link)?.[1]
}

/** By inode. */
async function connectionsWaiting(): Promise<ReadonlyMap<string, number>> {
  const waiting = new Map<string, number>()
  for (const table of ['/proc/self/net/tcp', '/proc/self/net/tcp6']) {
    for await (const { state, inode, queued } of tcpRows(table)) {
      if (state !== listening) break
      waiting.set(inode, queued)
    }
  }
  return waiting
}
