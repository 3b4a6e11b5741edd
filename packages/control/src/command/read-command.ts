import { parseArgs } from 'node:util'

import { NunicornError } from '@nunicorn/contract'

import { faultOf, type Param } from '../param.ts'
import {
  argumentName,
  type CommandName,
  commandNames,
  defaults,
  extraFlags,
  ownFlags,
  usageOf,
  writtenParams,
} from './commands.ts'

/** What was written after `nunicorn ctl`. */
export interface Command {
  /** Undefined: none was given. */
  readonly name: CommandName | undefined
  readonly params: Readonly<Record<string, unknown>>
  readonly flags: {
    readonly json: boolean
    readonly help: boolean
    readonly follow: boolean
    readonly socket?: string
    readonly pid?: string
    readonly name?: string
    readonly output?: string
  }
}

/** @throws NunicornError `bad-usage` */
export function readCommand(argv: readonly string[]): Command {
  const { values, positionals } = parse(argv)
  const [given, ...words] = positionals
  const flags = flagsOf(values)
  if (given === undefined || flags.help) return { name: undefined, params: {}, flags }
  const name = commandNames.find((command) => command === given)
  if (name === undefined) throw badUsage(`There is no command ${JSON.stringify(given)}.`)
  refuseForeignFlags(name, values)
  const params = Object.fromEntries(readParams(name, { values, words }))
  return { name, params, flags }
}

type Values = Readonly<Record<string, string | boolean | undefined>>

function parse(argv: readonly string[]): {
  readonly values: Values
  readonly positionals: readonly string[]
} {
  const params = commandNames.flatMap((name) => [...writtenParams(name)])
  const extra = Object.values(extraFlags).flatMap((flags) => Object.entries(flags))
  const options = {
    ...Object.fromEntries(
      params
        .filter(([, { positional }]) => !positional)
        .map(([name, { type }]) => [
          name,
          { type: type === 'boolean' ? ('boolean' as const) : ('string' as const) },
        ]),
    ),
    ...Object.fromEntries(
      [...Object.entries(ownFlags), ...extra].map(([name, { placeholder }]) => [
        name,
        { type: placeholder === undefined ? ('boolean' as const) : ('string' as const) },
      ]),
    ),
  }
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    })
    return { values, positionals }
  } catch (error) {
    throw badUsage(`${(error as Error).message.split('. ')[0]}.`)
  }
}

function flagsOf(values: Values): Command['flags'] {
  const text = (name: 'socket' | 'pid' | 'name' | 'output'): object =>
    typeof values[name] === 'string' ? { [name]: values[name] } : {}
  return {
    json: values['json'] === true,
    help: values['help'] === true,
    follow: values['follow'] === true,
    ...text('socket'),
    ...text('pid'),
    ...text('name'),
    ...text('output'),
  }
}

function refuseForeignFlags(name: CommandName, values: Values): void {
  const own = new Set([
    ...Object.keys(ownFlags),
    ...Object.keys(extraFlags[name] ?? {}),
    ...writtenParams(name).map(([param]) => param),
  ])
  const foreign = Object.keys(values).find((flag) => !own.has(flag))
  if (foreign !== undefined) throw badUsage(`${name} knows no --${foreign}.`, usageOf(name))
}

function* readParams(
  name: CommandName,
  { values, words }: { readonly values: Values; readonly words: readonly string[] },
): Generator<readonly [string, unknown]> {
  const left = [...words]
  for (const [param, spec] of writtenParams(name)) {
    const text = spec.positional ? left.shift() : (values[param] ?? defaults[param])
    if (text === undefined && spec.optional) continue
    if (text === undefined) throw badUsage(`${argumentName(param)} is missing.`, usageOf(name))
    yield [param, readValue(spec, text, { param, command: name })]
  }
  if (left.length > 0)
    throw badUsage(`${JSON.stringify(left[0])} is one argument too many.`, usageOf(name))
}

function readValue(
  spec: Param,
  text: unknown,
  { param, command }: { readonly param: string; readonly command: CommandName },
): unknown {
  const value = spec.type === 'integer' && /^\d+$/.test(String(text)) ? Number(text) : text
  const fault = faultOf(spec, value)
  if (fault === undefined) return value
  const shown = spec.positional ? argumentName(param) : `--${param}`
  throw badUsage(`${shown} ${fault}, not ${JSON.stringify(text)}.`, usageOf(command))
}

function badUsage(message: string, usage?: string): NunicornError {
  return new NunicornError({
    code: 'bad-usage',
    message,
    hint: usage === undefined ? '`nunicorn ctl --help` says more.' : `Usage: ${usage}`,
  })
}
