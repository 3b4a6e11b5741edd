import { execFileSync } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import { controllerFolder } from './cgroup.ts'

/** What a scenario needs of the machine beside Linux and Node. */
export type Tool =
  | 'prlimit'
  | 'faketime'
  | 'root'
  | 'mkfifo'
  | 'script'
  | 'network-namespace'
  | 'tmpfs'
  | 'pid-namespace'
  | 'cgroup-memory'
  | 'cgroup-cpu'
  | 'cgroup-pids'
  | 'nice'
  | 'descriptors'

/** Why the machine has it not; undefined when it has. */
export function missingTool(tool: Tool): string | undefined {
  switch (tool) {
    case 'prlimit':
    case 'faketime':
    case 'mkfifo':
    case 'script':
      return onPath(tool) ? undefined : `${tool} is not installed`
    case 'root':
      return isRoot() ? undefined : 'needs root'
    case 'nice':
      return works('nice', ['-n', '-5', 'true']) ? undefined : 'may not raise priorities'
    case 'descriptors':
      return descriptorLimit() >= manyDescriptors
        ? undefined
        : `may have no ${manyDescriptors} files open`
    case 'network-namespace':
      if (!onPath('ip') || !onPath('tc')) return 'iproute2 is not installed'
      return works('unshare', ['--net', 'sh', '-c', 'tc qdisc add dev lo root netem delay 1ms'])
        ? undefined
        : 'may not make network namespaces, or the kernel has no netem'
    case 'tmpfs':
      return works('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'chaos', '/mnt'])
        ? undefined
        : 'may not mount'
    case 'pid-namespace':
      return works('unshare', ['--pid', '--fork', '--mount-proc', 'true'])
        ? undefined
        : 'may not make process namespaces'
    case 'cgroup-memory':
    case 'cgroup-cpu':
    case 'cgroup-pids': {
      const controller = tool.slice('cgroup-'.length)
      return controllerFolder(controller) === undefined
        ? `the cgroup controller ${controller} is not writable`
        : undefined
    }
  }
}

/** A thousand clients here, and what a server is to survive of them there. */
const manyDescriptors = 2_500

/** Node raises its own to this one when it starts, and so does every nunicorn. */
function descriptorLimit(): number {
  const [, hard] =
    /^Max open files +\d+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  return hard === undefined ? Infinity : Number(hard)
}

function onPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

function works(command: string, args: readonly string[]): boolean {
  try {
    // A warning of nice comes with exit code 0.
    execFileSync(command, args, { stdio: 'pipe', timeout: 5_000 })
    return isRoot()
  } catch {
    return false
  }
}
