import { readCommandLine, type CommandLineRequest } from './command-line.ts'
import { readConfigFile, type ConfigFile } from './config-file.ts'
import { readEnvironment, type Environment } from './environment.ts'
import type { Findings, Given } from './given.ts'
import { refuse, type Reading } from './kinds/kind.ts'
import { kinds } from './kinds/kinds.ts'
import { flagName, resolvedName } from './names.ts'
import type { Origin } from './origin.ts'
import type { Problem } from './problem.ts'
import { contradictions } from './contradictions.ts'
import type { Row } from './row.ts'
import { rows, settingNames, type SettingName } from './table.ts'
import type { NunicornSettings, Origins } from './types.ts'

/** Where settings come from; the earlier here, the stronger. */
export interface Sources {
  /** `process.argv.slice(2)`. */
  readonly argv: readonly string[]
  readonly env: Environment
  readonly file?: ConfigFile | undefined
}

export type Resolution = Resolved | Refused

/** Everything is right. */
export interface Resolved {
  readonly ok: true
  readonly settings: NunicornSettings
  readonly origins: Origins
  /** Harmless, but perhaps not meant: variables that look like settings. */
  readonly warnings: readonly Problem[]
}

/** At least one thing is wrong; `problems` has them all. */
export interface Refused {
  readonly ok: false
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** What has to be known before the config file can be read. */
export interface Opening {
  readonly request: CommandLineRequest
  /** `--config`; without it the shell looks for the default names. */
  readonly config: string | undefined
  readonly chdir: string | undefined
}

/** The first pass, over command line and environment alone. Whatever is wrong there, {@link resolveSettings} reports. */
export function openSettings({ argv, env }: Pick<Sources, 'argv' | 'env'>): Opening {
  const commandLine = readCommandLine(argv)
  const { config, chdir } = decide(gather(commandLine, { env }).given).settings
  return { request: commandLine.request, config, chdir }
}

/**
 * Settles every setting: flag before environment before file before default.
 *
 * A value is checked even where a stronger one overrides it, because a broken config file is broken whoever starts the
 * server next; only variables that others set too (`PORT`) are not looked at unless they decide.
 */
export function resolveSettings(sources: Sources): Resolution {
  const findings = gather(readCommandLine(sources.argv), sources)
  const decision = decide(findings.given)
  const wrong = [...findings.problems, ...decision.problems]
  const problems = wrong.length > 0 ? wrong : contradictions(decision)
  const { warnings } = findings
  if (problems.length > 0) return { ok: false, problems, warnings }
  return { ok: true, settings: decision.settings, origins: decision.origins, warnings }
}

function gather(commandLine: Findings, { env, file }: Pick<Sources, 'env' | 'file'>): Findings {
  const decided = new Set(commandLine.given.map(({ setting }) => setting))
  const parts = [
    commandLine,
    readEnvironment(env, decided),
    ...(file === undefined ? [] : [readConfigFile(file)]),
  ]
  return {
    given: parts.flatMap(({ given }) => given),
    problems: parts.flatMap(({ problems }) => problems),
    warnings: parts.flatMap(({ warnings }) => warnings),
  }
}

interface Decision {
  /** Complete only if there are no problems. */
  readonly settings: NunicornSettings
  readonly origins: Origins
  readonly problems: readonly Problem[]
}

/** `given` is ordered from strong to weak. */
function decide(given: readonly Given[]): Decision {
  const settings: Record<string, unknown> = {}
  const origins: Partial<Record<SettingName, Origin>> = {}
  const problems: Problem[] = []
  for (const setting of settingNames) {
    const readings = given.filter((one) => one.setting === setting).map(readGiven)
    if (readings.length === 0) readings.push(readDefault(setting))
    problems.push(...readings.flatMap((reading) => ('problem' in reading ? [reading.problem] : [])))
    const [winner] = readings
    if (winner === undefined || 'problem' in winner) continue
    settings[resolvedName(setting)] = winner.value
    origins[setting] = winner.origin
  }
  // The one place where rows become a typed object; a test holds both sides together.
  return {
    settings: settings as unknown as NunicornSettings,
    origins: origins as Origins,
    problems,
  }
}

type Read = { readonly value: unknown; readonly origin: Origin } | { readonly problem: Problem }

function readGiven({ setting, value, origin }: Given): Read {
  const row = rows[setting]
  const reading = read(value, row)
  if (reading.ok) return { value: reading.value, origin }
  const { message, mend } = reading
  return { problem: { setting, value, origin, message, mend } }
}

/** A config file is code: its values may be proxies, or have getters that throw. */
function read(value: unknown, row: Row): Reading {
  try {
    return kinds[row.type].read(value, row)
  } catch {
    return refuse(value, 'a value that can be read', 'Give a plain value.')
  }
}

function readDefault(setting: SettingName): Read {
  const row = rows[setting]
  const origin: Origin = { type: 'default' }
  if (row.required) return { problem: missing(setting) }
  return row.default === undefined
    ? { value: undefined, origin }
    : readGiven({ setting, value: row.default, origin })
}

function missing(setting: SettingName): Problem {
  return {
    setting,
    value: undefined,
    origin: { type: 'argument', name: flagName(setting) },
    message: 'It is missing.',
    mend: 'Name the file that exports your app: nunicorn app.ts.',
  }
}
