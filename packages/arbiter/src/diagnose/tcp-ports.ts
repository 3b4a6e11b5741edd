import { open, readdir, readlink } from 'node:fs/promises'

const listening = '0A'
const established = '01'

/**
 * The TCP ports that a process listens on and this process does not, from /proc (proc_pid_net(5)): the sockets of the app
 * are the arbiter's, so what is left is the inspector, and what the app has opened by itself.
 */
export async function privatePorts(pid: number): Promise<readonly number[]> {
  const [inodes, ours] = await Promise.all([socketInodes(pid), socketInodes(process.pid)])
  const ports: number[] = []
  // The kernel lists the listening sockets first; what follows may be tens of thousands of connections in TIME_WAIT,
  // which it would take the kernel long to print.
  for await (const { port, state, inode } of rows(pid)) {
    if (state !== listening) break
    if (inodes.has(inode) && !ours.has(inode)) ports.push(port)
  }
  return ports
}

/** Whether somebody is connected to a port that a process listens on. */
export async function hasPeer(pid: number, port: number): Promise<boolean> {
  const inodes = await socketInodes(pid)
  for await (const row of rows(pid))
    if (row.state === established && row.port === port && inodes.has(row.inode)) return true
  return false
}

interface Row {
  readonly port: number
  readonly state: string
  readonly inode: string
}

async function* rows(pid: number): AsyncGenerator<Row> {
  try {
    await using file = await open(`/proc/${pid}/net/tcp`)
    for await (const line of file.readLines({ start: 0 })) {
      const [number, local = '', , state = '', , , , , , inode = ''] = line.trim().split(/\s+/)
      if (number === 'sl') continue
      yield { port: Number.parseInt(local.split(':')[1] ?? '0', 16), state, inode }
    }
  } catch {
    // The process is gone.
  }
}

async function socketInodes(pid: number): Promise<ReadonlySet<string>> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const links = await Promise.all(
    names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')),
  )
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}
