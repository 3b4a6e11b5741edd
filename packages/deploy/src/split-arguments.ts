import { NunicornError } from '@nunicorn/contract'

import type { TargetOption } from './target.ts'

/** The arguments of `nunicorn deploy TARGET`, sorted by who reads them. */
export interface SplitArguments {
  /** Those of the target. */
  readonly options: Readonly<Record<string, string>>
  /** A folder to write to; undefined for stdout. */
  readonly output?: string
  /** Whether files that are there may be replaced. */
  readonly force: boolean
  readonly help: boolean
  /** All others: settings, as for serving. */
  readonly settings: readonly string[]
}

/** The options that every target has. */
export const commonOptions: readonly TargetOption[] = [
  { name: 'output', placeholder: 'DIR', help: 'Write the files there instead of printing them.' },
]
export const switches = { force: 'With --output: replace files that are there.' } as const

/** @throws NunicornError `bad-usage` */
export function splitArguments(
  argv: readonly string[],
  own: readonly TargetOption[],
): SplitArguments {
  const known = new Set([...commonOptions, ...own].map(({ name }) => name))
  const options: Record<string, string> = {}
  const settings: string[] = []
  let force = false
  let help = false
  const end = argv.indexOf('--')
  const before = end === -1 ? argv : argv.slice(0, end)
  for (let index = 0; index < before.length; index += 1) {
    const argument = before[index] ?? ''
    const [, name = '', value] = /^--([\w-]+)(?:=(.*))?$/su.exec(argument) ?? []
    if (argument === '--force') force = true
    else if (argument === '--help' || argument === '-h') help = true
    else if (known.has(name)) {
      options[name] = value ?? before[(index += 1)] ?? ''
      if (options[name] === '' || (value === undefined && options[name].startsWith('--')))
        throw missingValue(name)
    } else settings.push(argument)
  }
  const { output, ...rest } = options
  return {
    options: rest,
    ...(output !== undefined && { output }),
    force,
    help,
    // What follows -- is for the app.
    settings: [...settings, ...argv.slice(before.length)],
  }
}

function missingValue(name: string): NunicornError {
  return new NunicornError({
    code: 'bad-usage',
    message: `--${name} has no value.`,
    hint: `Write --${name} VALUE.`,
  })
}
