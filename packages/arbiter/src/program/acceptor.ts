import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Socket } from 'node:net'

/**
 * Who holds the other end of a TCP connection to this machine: `nobody` as long as it waits in the kernel's queue, the
 * program `pid` or a process that it started, or another one. `unknown` where /proc does not say.
 */
export function acceptorOf(
  { localPort, remotePort }: Pick<Socket, 'localPort' | 'remotePort'>,
  pid: number,
): 'nobody' | 'program' | 'another' | 'unknown' {
  if (localPort === undefined || remotePort === undefined) return 'unknown'
  const tables = ['tcp', 'tcp6'].map((table) => read(`/proc/net/${table}`))
  if (tables.every((table) => table === '')) return 'unknown'
  const inode = tables
    .map((table) => inodeOf(table, { local: remotePort, remote: localPort }))
    .find((found) => found !== undefined)
  if (inode === undefined || inode === '0') return 'nobody'
  return treeOf(pid).some((process) => holds(process, inode)) ? 'program' : 'another'
}

/** In proc_pid_net(5) `/proc/net/tcp` ports are hexadecimal; a connection that nobody has accepted has the inode 0. */
export function inodeOf(
  table: string,
  { local, remote }: { readonly local: number; readonly remote: number },
): string | undefined {
  const [localEnd, remoteEnd] = [local, remote].map(
    (port) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`,
  )
  for (const line of table.split('\n')) {
    const [, from = '', to = '', , , , , , , inode] = line.trim().split(/\s+/)
    if (from.endsWith(localEnd ?? '') && to.endsWith(remoteEnd ?? '')) return inode
  }
  return undefined
}

/** A process and all that it started. */
function treeOf(pid: number): readonly number[] {
  const children = list(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  )
  return [pid, ...children.flatMap(treeOf)]
}

function holds(pid: number, inode: string): boolean {
  return list(`/proc/${pid}/fd`).some(
    (fd) => linkOf(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`,
  )
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
