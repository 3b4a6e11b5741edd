import { resolve } from 'node:path'

import { isNunicornError, reportError } from '@nunicorn/contract'

import type { ControlClient } from '../client.ts'
import type { Environment } from '../folders.ts'
import { findInstances } from '../instances.ts'
import { type CommandName, helpText } from './commands.ts'
import { listInstances, reach } from './reach.ts'
import { type Command, readCommand } from './read-command.ts'
import { show } from './show.ts'
import { showEvent } from './show-events.ts'
import { printable } from './units.ts'

export interface ControlInvocation {
  /** What comes after `nunicorn ctl`. */
  readonly argv: readonly string[]
  readonly env: Environment
  /** Where it was called: files are written there. */
  readonly directory: string
  readonly print: (text: string) => void
  /** Words for people beside the answer. */
  readonly complain: (text: string) => void
}

/** Exit codes: done; failed, and it says why; wrong usage; no instance can be reached (EX_UNAVAILABLE of sysexits.h). */
const exitCodes = { done: 0, failed: 1, usage: 2, unreachable: 69 } as const

/** Runs `nunicorn ctl ...` to its end, and resolves with the exit code; what went wrong has been said. */
export async function runControlCommand(invocation: ControlInvocation): Promise<number> {
  const { argv, print, complain } = invocation
  try {
    const command = readCommand(argv)
    if (command.name === undefined) return await introduce(command, invocation)
    await using client = await reach(command.flags, invocation.env)
    if (command.name === 'events' && command.flags.follow) await follow(client, command, print)
    else print(await answer(client, { ...command, name: command.name }, invocation))
    return exitCodes.done
  } catch (error) {
    return fail(error, { json: argv.includes('--json'), print, complain })
  }
}

/** `nunicorn ctl`: what there is, and what can be done with it. */
async function introduce({ flags }: Command, { env, print }: ControlInvocation): Promise<number> {
  if (flags.json) {
    const found = await findInstances(env)
    print(
      JSON.stringify(
        found.map(({ path, status }) => ({ path, ...status })),
        null,
        2,
      ),
    )
    return exitCodes.done
  }
  print(helpText())
  if (flags.help) return exitCodes.done
  const found = await findInstances(env)
  print(found.length === 0 ? '\nNo instance answers.' : `\n${listInstances(found)}`)
  return exitCodes.usage
}

async function answer(
  client: ControlClient,
  { name, params, flags }: Command & { readonly name: CommandName },
  invocation: ControlInvocation,
): Promise<string> {
  const file = fileFor(name, params, flags.output)
  if (file !== undefined && !flags.json) invocation.complain(warnings[name] ?? '')
  const all = file === undefined ? params : { ...params, file: resolve(invocation.directory, file) }
  const result = await (client.call as Call)(name, all)
  return flags.json
    ? JSON.stringify(result, null, 2)
    : (show[name] as (given: unknown) => string)(result)
}

/** Which parameters belong to which method has been checked by the table. */
type Call = (method: CommandName, params: object) => Promise<unknown>

const endings: Partial<Record<CommandName, string>> = {
  profile: '.cpuprofile',
  heap: '.heapsnapshot',
}

const warnings: Partial<Record<CommandName, string>> = {
  profile: 'Recording ...',
  heap: 'The worker stands still while it writes; others accept for it.',
}

function fileFor(
  name: CommandName,
  { worker }: Command['params'],
  output: string | undefined,
): string | undefined {
  const ending = endings[name]
  if (ending === undefined) return undefined
  const moment = new Date().toISOString().replaceAll(/[:.]/g, '-')
  return output ?? `worker-${String(worker)}-${moment}${ending}`
}

/** Ends with the instance, or with whoever reads. */
async function follow(
  client: ControlClient,
  { params, flags }: Command,
  print: (text: string) => void,
): Promise<void> {
  let stopping = false
  try {
    for await (const event of client.events(params)) {
      stopping ||= event.type === 'stopping'
      print(flags.json ? JSON.stringify(event) : showEvent(event))
    }
  } catch (error) {
    if (!stopping || reportError(error).code !== 'connection-lost') throw error
  }
}

function fail(
  error: unknown,
  {
    json,
    print,
    complain,
  }: { readonly json: boolean } & Pick<ControlInvocation, 'print' | 'complain'>,
): number {
  const { code, message, hint, stack } = reportError(error)
  if (json) print(JSON.stringify({ error: { code, message, hint, stack } }, null, 2))
  else complain(printable(`nunicorn ctl: ${[message, hint].filter(Boolean).join(' ')}`))
  if (!isNunicornError(error) && !json) complain(printable(stack ?? ''))
  if (code === 'bad-usage') return exitCodes.usage
  return code === 'unreachable' ? exitCodes.unreachable : exitCodes.failed
}
