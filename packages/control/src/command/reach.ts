import { NunicornError } from '@nunicorn/contract'

import { connectControl, type ControlClient } from '../client.ts'
import type { Environment } from '../folders.ts'
import { findInstances, type Instance, pathsForPidFile } from '../instances.ts'
import type { Command } from './read-command.ts'
import { table } from './table.ts'
import { printable } from './units.ts'

/** Which instance is meant; nothing is needed where only one runs. */
export type Whereabouts = Pick<Command['flags'], 'socket' | 'pid' | 'name'>

/** @throws NunicornError `unreachable` */
export async function reach(
  { socket, pid, name }: Whereabouts,
  env: Environment,
): Promise<ControlClient> {
  if (socket !== undefined) return await connectControl({ path: socket })
  if (pid !== undefined) return await firstOf(await pathsForPidFile(pid, env))
  const found = await findInstances(env)
  const meant = name === undefined ? found : found.filter(({ status }) => status.name === name)
  const [only, ...others] = meant
  if (only === undefined || others.length > 0) throw whichInstance(found, name)
  return await connectControl({ path: only.path })
}

export function listInstances(found: readonly Instance[]): string {
  return table(
    ['PID ', 'NAME', 'STATE', 'SOCKET'],
    found.map(({ path, status: { pid, name, state } }) => [String(pid), name, state, path]),
  )
}

async function firstOf(paths: readonly string[]): Promise<ControlClient> {
  let why: unknown
  for (const path of paths) {
    try {
      return await connectControl({ path })
    } catch (error) {
      why ??= error
    }
  }
  throw why
}

function whichInstance(found: readonly Instance[], name: string | undefined): NunicornError {
  if (found.length === 0)
    return new NunicornError({
      code: 'unreachable',
      message: 'No nunicorn of this user answers.',
      hint: 'Start one; or name its socket with --socket, or its pid file with --pid.',
    })
  return new NunicornError({
    code: 'unreachable',
    message:
      name === undefined
        ? `There are ${found.length} instances:\n${listInstances(found)}\n`
        : `There is not exactly one instance with the name ${printable(name)}, but:\n${listInstances(found)}\n`,
    hint: 'Say which one with --socket, --pid or --name.',
  })
}
