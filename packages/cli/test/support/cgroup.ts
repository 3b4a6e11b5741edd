import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A cgroup of our own. Everything in it has to have ended when it is disposed of. */
export interface Cgroup extends AsyncDisposable {
  /** A command that becomes the one given after it, in this cgroup. */
  readonly wrapper: readonly string[]
  /** Of CPU: so many microseconds in each tenth of a second. */
  write(limit: number | 'max'): void
  add(pid: number): void
}

interface Kind {
  /** The file that says how much is allowed, by version 2 and by version 1. */
  readonly files: readonly [string, string]
}

const kinds = {
  cpu: { files: ['cpu.max', 'cpu.cfs_quota_us'] },
  memory: { files: ['memory.max', 'memory.limit_in_bytes'] },
  pids: { files: ['pids.max', 'pids.max'] },
} satisfies Record<string, Kind>

/** Undefined where this user may make none: tests that need one are skipped. */
export function createCgroup(controller: keyof typeof kinds): Cgroup | undefined {
  const [unified, old] = kinds[controller].files
  const name = `nunicorn-test-${process.pid}-${counter()}`
  for (const [mount, file] of [
    ['/sys/fs/cgroup', unified],
    [`/sys/fs/cgroup/${controller}`, old],
  ] as const) {
    const folder = `${mount}/${name}`
    try {
      if (!existsSync(`${mount}/cgroup.procs`)) continue
      mkdirSync(folder)
      if (existsSync(`${folder}/${file}`)) return cgroupAt(folder, file)
      rmdirSync(folder)
    } catch {
      // Read-only, or not ours.
    }
  }
  return undefined
}

let made = 0
function counter(): number {
  made += 1
  return made
}

function cgroupAt(folder: string, file: string): Cgroup {
  return {
    wrapper: ['sh', '-c', `echo $$ > ${folder}/cgroup.procs && exec "$@"`, 'sh'],
    write: (limit) =>
      writeFileSync(
        `${folder}/${file}`,
        // The one file for which version 1 has another word.
        limit === 'max' && file === 'cpu.cfs_quota_us' ? '-1' : String(limit),
      ),
    add: (pid) => writeFileSync(`${folder}/cgroup.procs`, String(pid)),
    async [Symbol.asyncDispose]() {
      // A process that has been killed is in it until it has been reaped.
      for (let tries = 0; tries < 500; tries += 1) {
        if (readFileSync(`${folder}/cgroup.procs`, 'utf8') === '') break
        await sleep(10)
      }
      rmdirSync(folder)
    },
  }
}
