import { readdir, readFile, readlink } from 'node:fs/promises'

const listening = '0A'
/** 127.0.0.1 as the kernel prints it: the bytes of a word, little end first. */
const loopback = '0100007F'

/** The loopback TCP ports that a process listens on, from /proc (proc_pid_net(5)). */
export async function loopbackPorts(pid: number): Promise<ReadonlySet<number>> {
  const [inodes, table] = await Promise.all([socketInodes(pid), readFile(`/proc/${pid}/net/tcp`, 'utf8').catch(() => '')])
  const ports = new Set<number>()
  for (const line of table.split('\n').slice(1)) {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    const [address, port = '0'] = local.split(':')
    if (state === listening && address === loopback && inodes.has(inode)) ports.add(Number.parseInt(port, 16))
  }
  return ports
}

async function socketInodes(pid: number): Promise<ReadonlySet<string>> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}
