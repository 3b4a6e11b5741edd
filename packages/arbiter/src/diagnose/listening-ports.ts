import { open, readdir, readlink } from 'node:fs/promises'

const listening = '0A'
/** 127.0.0.1 as the kernel prints it: the bytes of a word, little end first. */
const loopback = '0100007F'

/** The loopback TCP ports that a process listens on, from /proc (proc_pid_net(5)). */
export async function loopbackPorts(pid: number): Promise<ReadonlySet<number>> {
  const [inodes, rows] = await Promise.all([socketInodes(pid), listeningRows(pid)])
  const ports = new Set<number>()
  for (const [, local = '', , , , , , , , inode = ''] of rows) {
    const [address, port = '0'] = local.split(':')
    if (address === loopback && inodes.has(inode)) ports.add(Number.parseInt(port, 16))
  }
  return ports
}

/**
 * The kernel lists the listening sockets first; what follows may be tens of thousands of connections in TIME_WAIT, which
 * it would take the kernel long to print.
 */
async function listeningRows(pid: number): Promise<readonly (readonly string[])[]> {
  const rows: string[][] = []
  try {
    await using file = await open(`/proc/${pid}/net/tcp`)
    for await (const line of file.readLines({ start: 0 })) {
      const fields = line.trim().split(/\s+/)
      if (fields[0] === 'sl') continue
      if (fields[3] !== listening) break
      rows.push(fields)
    }
  } catch {
    // The process is gone.
  }
  return rows
}

async function socketInodes(pid: number): Promise<ReadonlySet<string>> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const links = await Promise.all(
    names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')),
  )
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}
