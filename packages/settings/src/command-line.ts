import { parseArgs, type ParseArgsOptionDescriptor } from 'node:util'
import { valueOfTexts, type Findings, type Given } from './given.ts'
import { flagName, kebabCase } from './names.ts'
import { nearest } from './nearest.ts'
import type { Origin } from './origin.ts'
import type { Problem } from './problem.ts'
import { rows, settingNames, type SettingName } from './table.ts'

/** What the command line asks for. */
export type CommandLineRequest = 'run' | 'help' | 'version'

/** What the command line says, as far as it can be understood. */
export interface CommandLine extends Findings {
  readonly request: CommandLineRequest
}

/** Flags that are no settings. */
const requests: Readonly<Record<string, ParseArgsOptionDescriptor>> = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
}

/** Reads `argv` (without the program's own name). Everything that is wrong is found, nothing thrown. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  // Not strict: parseArgs would throw at the first mistake, without the name that was meant.
  const { tokens } = parseArgs({
    args: [...argv],
    options: parserOptions(),
    strict: false,
    tokens: true,
  })
  const flags = tokens.filter((token) => token.kind === 'option')
  const positionals = tokens.filter((token) => token.kind === 'positional')
  const end = tokens.find((token) => token.kind === 'option-terminator')?.index ?? Infinity
  // `-- app.ts` gives an app: it is what follows that which the app is given.
  const forApp = positionals.slice(1).filter(({ index }) => index > end)
  const own = positionals.slice(0, positionals.length - forApp.length).map(({ value }) => value)
  const problems = flags.flatMap(flagProblem)
  return {
    request: flags.some(isFlag('help'))
      ? 'help'
      : flags.some(isFlag('version'))
        ? 'version'
        : 'run',
    given: [
      ...givenByFlags(flags),
      ...givenByArgument('app', own[0]),
      ...givenByArgument('appArguments', forApp.length > 0 && forApp.map(({ value }) => value)),
    ],
    // After a flag that is wrong, nobody can tell its value from an argument.
    problems: problems.length > 0 ? problems : surplusProblems(own),
    warnings: [],
  }
}

type FlagToken = Extract<
  NonNullable<ReturnType<typeof parseArgs<{ tokens: true; strict: false }>>['tokens']>[number],
  { kind: 'option' }
>

const flagSettings: readonly SettingName[] = settingNames.filter((name) => !rows[name].positional)

const settingOfFlag: ReadonlyMap<string, SettingName> = new Map(
  flagSettings.flatMap((name) => flagsOf(name).map((flag) => [flag, name] as const)),
)

function flagsOf(name: SettingName): readonly string[] {
  return [kebabCase(name), ...(rows[name].aliases ?? [])]
}

function parserOptions(): Record<string, ParseArgsOptionDescriptor> {
  const options = flagSettings.flatMap((name) => {
    const { type: kind, short, aliases = [] } = rows[name]
    const type = kind === 'switch' ? 'boolean' : 'string'
    const descriptor: ParseArgsOptionDescriptor = {
      type,
      ...(short === undefined ? {} : { short }),
    }
    const others = aliases.map((alias) => [alias, { type }] as const)
    return [[kebabCase(name), descriptor] as const, ...others]
  })
  return { ...requests, ...Object.fromEntries(options) }
}

function isFlag(name: string): (flag: FlagToken) => boolean {
  return (flag) => flag.name === name
}

function givenByFlags(flags: readonly FlagToken[]): Given[] {
  return flagSettings.flatMap((setting) => {
    const own = flags.filter(({ name }) => settingOfFlag.get(name) === setting)
    const texts = own.flatMap((flag) => textOf(flag) ?? [])
    if (texts.length === 0) return []
    return [{ setting, value: valueOfTexts(setting, texts), origin: flagOrigin(flagName(setting)) }]
  })
}

/** The value that a flag came with, or `undefined` where it lacks one. */
function textOf(flag: FlagToken): string | undefined {
  const setting = settingOfFlag.get(flag.name)
  if (setting !== undefined && rows[setting].type === 'switch') return flag.value ?? 'true'
  if (flag.value === undefined || isNextFlag(flag)) return undefined
  // `-w=4` is 4 in Gunicorn; parseArgs takes what follows the letter as it is.
  const isShort = !flag.rawName.startsWith('--')
  return isShort && flag.inlineValue ? flag.value.replace(/^=/, '') : flag.value
}

/** Whether parseArgs took the next flag for the value: `--config --workers 4`. `-1` is a number, if a wrong one. */
function isNextFlag({ value = '', inlineValue }: FlagToken): boolean {
  return !inlineValue && /^-[^\d]/.test(value)
}

function flagProblem(flag: FlagToken): Problem[] {
  if (Object.hasOwn(requests, flag.name)) return []
  const setting = settingOfFlag.get(flag.name)
  if (setting === undefined) return [unknownFlag(flag)]
  return textOf(flag) === undefined ? [missingValue(flag, flagName(setting))] : []
}

function unknownFlag({ rawName, name, value }: FlagToken): Problem {
  return {
    setting: name,
    value,
    origin: flagOrigin(rawName),
    message: `Unknown setting '${rawName}'.`,
    mend: mendOf(name),
  }
}

function mendOf(name: string): string {
  const switchedOff = settingOfFlag.get(name.replace(/^no-/, ''))
  if (switchedOff !== undefined && ['switch', 'pathOrOff'].includes(rows[switchedOff].type))
    return `Write ${flagName(switchedOff)}=false.`
  const meant = nearest(name, [...settingOfFlag.keys(), ...Object.keys(requests)])
  return meant === undefined || name.length === 1
    ? 'nunicorn --help lists the settings.'
    : `Did you mean --${meant}?`
}

function missingValue({ name, rawName, value }: FlagToken, flag: string): Problem {
  const mend = `Write ${flag} VALUE`
  return {
    setting: name,
    value: undefined,
    origin: flagOrigin(flag),
    message: `${rawName} has no value.`,
    mend: value === undefined ? `${mend}.` : `${mend}, or ${flag}=${value} if that is the value.`,
  }
}

function givenByArgument(setting: SettingName, value: unknown): Given[] {
  return value ? [{ setting, value, origin: argumentOrigin(setting) }] : []
}

function surplusProblems([app, ...surplus]: readonly string[]): Problem[] {
  return surplus.map((value) => ({
    setting: 'app',
    value,
    origin: argumentOrigin('app'),
    message: `'${value}' is one argument too many after '${app}'.`,
    mend: `Give one app. What is meant for the app itself follows --, as in '${app} -- ${value}'.`,
  }))
}

function argumentOrigin(setting: SettingName): Origin {
  return { type: 'argument', name: flagName(setting) }
}

function flagOrigin(name: string): Origin {
  return { type: 'flag', name }
}
