import { readFileSync } from 'node:fs'

import { findInspector } from './inspector.ts'
import { hasPeer } from './tcp-ports.ts'

/**
 * Who has stopped a process to look at it: such a silence is no hang. By an inspector that somebody is connected to, or
 * that the process waits for before it runs a line (`--inspect-brk`), or by ptrace (gdb).
 *
 * @returns a phrase for people, or undefined
 */
export async function debuggerOf(pid: number, signal: AbortSignal): Promise<string | undefined> {
  const tracer = tracerOf(pid)
  if (tracer !== undefined) return tracer
  const inspector = await findInspector(pid, signal)
  if (inspector === undefined) return undefined
  if (await hasPeer(pid, inspector.port))
    return `a debugger is attached to its inspector on port ${inspector.port}`
  return awaitsDebugger(pid)
    ? `it waits for a debugger to attach to port ${inspector.port}, as --inspect-brk says`
    : undefined
}

/** Who has stopped it by ptrace, as a phrase for people. */
export function tracerOf(pid: number): string | undefined {
  const tracer = Number(/^TracerPid:\s+(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)
  return tracer > 0 && / t /.test(read(`/proc/${pid}/stat`))
    ? `process ${tracer} traces it (${read(`/proc/${tracer}/comm`).trim()})`
    : undefined
}

/** The worker renames itself with its first lines. */
function awaitsDebugger(pid: number): boolean {
  const command = read(`/proc/${pid}/cmdline`)
  return (
    !command.startsWith('nunicorn: ') &&
    /--inspect-(brk|wait)/.test(command + read(`/proc/${pid}/environ`))
  )
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
