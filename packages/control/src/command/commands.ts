import { type MethodName, methodTable } from '../methods.ts'
import type { Param } from '../param.ts'

export type CommandName = Exclude<MethodName, 'subscribe' | 'unsubscribe'>

/** What can be written after `nunicorn ctl`, in the order of its help. */
export const commandNames: readonly CommandName[] = [
  'status',
  'workers',
  'reload',
  'scale',
  'restart',
  'kill',
  'reopen',
  'config',
  'events',
  'stack',
  'profile',
  'heap',
  'log-level',
]

/** Flags that are the command's own business. */
export interface CommandFlag {
  readonly placeholder?: string
  readonly help: string
}

export const ownFlags: Readonly<Record<string, CommandFlag>> = {
  json: { help: 'Print the answer as JSON: a line for each event, one document for the rest.' },
  socket: { placeholder: 'PATH', help: 'The control socket.' },
  pid: { placeholder: 'FILE', help: 'The pid file of the instance.' },
  name: { placeholder: 'NAME', help: 'The instance with this setting name.' },
  help: { help: 'Print this.' },
}

/** Those that only some commands take. */
export const extraFlags: Partial<Record<CommandName, Readonly<Record<string, CommandFlag>>>> = {
  events: { follow: { help: 'Go on with those to come.' } },
  profile: { output: { placeholder: 'FILE', help: 'What to write, here if not given.' } },
  heap: { output: { placeholder: 'FILE', help: 'What to write, here if not given.' } },
}

/** What a flag or argument is when it is left out. */
export const defaults: Readonly<Record<string, unknown>> = { seconds: 10, last: 50 }

/** The parameters of a command that are written by the user; a file is given by `--output`. */
export function writtenParams(command: CommandName): readonly (readonly [string, Param])[] {
  return Object.entries(methodTable[command].params).filter(([, { type }]) => type !== 'path')
}

/** `scale TO`, `events [--last N] [--after N] [--follow]`. */
export function usageOf(command: CommandName): string {
  const params = writtenParams(command)
  const words = params.flatMap(([name, { positional }]) => (positional ? [argumentName(name)] : []))
  const flags = [
    ...params.flatMap(([name, { positional, type }]) =>
      positional ? [] : [`[--${name}${type === 'boolean' ? '' : ' N'}]`],
    ),
    ...Object.entries(extraFlags[command] ?? {}).map(
      ([name, { placeholder }]) => `[--${name}${placeholder ? ` ${placeholder}` : ''}]`,
    ),
  ]
  return [command, ...words, ...flags].join(' ')
}

export function argumentName(name: string): string {
  return name === 'to' ? 'N' : name.toUpperCase()
}

export function helpText(): string {
  const width = Math.max(...commandNames.map((name) => usageOf(name).length))
  const flagWidth = 16
  return [
    'Usage: nunicorn ctl COMMAND [FLAGS]',
    '',
    'Commands; each is done when it says so, or says why it is not:',
    ...commandNames.map((name) => `  ${usageOf(name).padEnd(width)}  ${methodTable[name].summary}`),
    '',
    'WORKER is its number, or its pid.',
    '',
    'Flags:',
    ...Object.entries(ownFlags).map(
      ([name, { placeholder = '', help }]) =>
        `  ${`--${name} ${placeholder}`.trimEnd().padEnd(flagWidth)}${help}`,
    ),
    '',
    'Without --socket, --pid and --name it is the one instance that runs, if it is only one.',
    'Exit codes: 0 done, 1 it has failed and says why, 2 wrong usage, 69 no instance can be reached.',
  ].join('\n')
}
