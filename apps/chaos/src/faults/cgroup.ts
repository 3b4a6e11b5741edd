import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import { until } from '../until.ts'

const root = '/sys/fs/cgroup'

/** Where groups of a controller can be made: version 2 with the controller delegated, or version 1. */
export function controllerFolder(controller: string): string | undefined {
  if (existsSync(join(root, 'cgroup.controllers'))) {
    const enabled = readFileSync(join(root, 'cgroup.subtree_control'), 'utf8').trim().split(' ')
    return enabled.includes(controller) && isWritable(root) ? root : undefined
  }
  const folder = join(root, controller)
  return existsSync(join(folder, 'cgroup.procs')) && isWritable(folder) ? folder : undefined
}

/** A group of processes with a limit. Removed when disposed of, when all its processes are gone. */
export interface ControlGroup extends AsyncDisposable {
  /** A command that becomes the one after it, inside the group. */
  readonly wrapper: readonly string[]
  /** Puts a process, and whatever it starts from now on, under the limit. */
  add(pid: number): void
  /** Puts these back where all the others are. */
  leave(pids: readonly number[]): void
  set(file: string, value: string): void
  read(file: string): string
  readonly version: 1 | 2
}

export function createControlGroup(controller: 'memory' | 'cpu' | 'pids'): ControlGroup {
  const parent = controllerFolder(controller)
  if (parent === undefined) throw new Error(`the cgroup controller ${controller} is not writable`)
  const folder = join(parent, `nunicorn-chaos-${process.pid}-${controller}`)
  mkdirSync(folder, { recursive: true })
  const set = (file: string, value: string): void => writeFileSync(join(folder, file), value)
  return {
    wrapper: ['sh', '-c', `echo $$ > ${folder}/cgroup.procs; exec "$@"`, 'sh'],
    add: (pid) => set('cgroup.procs', String(pid)),
    leave(pids) {
      for (const pid of pids)
        if (existsSync(`/proc/${pid}`)) writeFileSync(join(parent, 'cgroup.procs'), String(pid))
    },
    set,
    read: (file) => readFileSync(join(folder, file), 'utf8'),
    version: parent === root ? 2 : 1,
    async [Symbol.asyncDispose]() {
      await until(() => isRemoved(folder))
    },
  }
}

function isRemoved(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
