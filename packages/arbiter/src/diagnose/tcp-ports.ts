import { readdir, readlink } from 'node:fs/promises'

import { listening, tcpRows } from '../proc-net-tcp.ts'

const established = '01'

/**
 * The TCP ports that a process listens on and this process does not, from /proc (proc_pid_net(5)): the sockets of the app
 * are the arbiter's, so what is left is the inspector, and what the app has opened by itself.
 */
export async function privatePorts(pid: number): Promise<readonly number[]> {
  const [inodes, ours] = await Promise.all([socketInodes(pid), socketInodes(process.pid)])
  const ports: number[] = []
  for await (const { port, state, inode } of tcpRows(`/proc/${pid}/net/tcp`)) {
    if (state !== listening) break
    if (inodes.has(inode) && !ours.has(inode)) ports.push(port)
  }
  return ports
}

/** Whether somebody is connected to a port that a process listens on. */
export async function hasPeer(pid: number, port: number): Promise<boolean> {
  const inodes = await socketInodes(pid)
  for await (const row of tcpRows(`/proc/${pid}/net/tcp`))
    if (row.state === established && row.port === port && inodes.has(row.inode)) return true
  return false
}

async function socketInodes(pid: number): Promise<ReadonlySet<string>> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const links = await Promise.all(
    names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')),
  )
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}
