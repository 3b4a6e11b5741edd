import type { Findings, Given } from './given.ts'
import { isPlainObject } from './kinds/variables.ts'
import { environmentName, flagName } from './names.ts'
import { nearest } from './nearest.ts'
import type { Origin } from './origin.ts'
import type { Problem } from './problem.ts'
import { showValue } from './show-value.ts'
import { rows, settingNames, type SettingName } from './table.ts'

/** A config file that has been read: its default export, or its parsed JSON. */
export interface ConfigFile {
  /** As it is to be named in messages. */
  readonly path: string
  readonly value: unknown
}

/** Reads the content of a config file. */
export function readConfigFile({ path, value }: ConfigFile): Findings {
  const origin: Origin = { type: 'file', path }
  const entries = entriesOf(value)
  if (entries === undefined) return { given: [], problems: [noObject(value, origin)], warnings: [] }
  const given: Given[] = []
  const problems: Problem[] = []
  for (const [key, item] of entries) {
    if (isFileSetting(key)) given.push({ setting: key, value: item, origin })
    else problems.push({ setting: key, value: item, origin, ...misplaced(key) })
  }
  return { given, problems, warnings: [] }
}

/** Undefined if it is no object of settings, or one whose getters throw. */
function entriesOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  try {
    if (!isPlainObject(value)) return undefined
    // A key that is `undefined` counts as not there: `workers: isLocal ? 1 : undefined`. `$schema` is for editors.
    return Object.entries(value).filter(([key, item]) => item !== undefined && key !== '$schema')
  } catch {
    return undefined
  }
}

function isSetting(key: string): key is SettingName {
  return Object.hasOwn(rows, key)
}

function isFileSetting(key: string): key is SettingName {
  return isSetting(key) && rows[key].inFile !== false
}

function misplaced(key: string): Pick<Problem, 'message' | 'mend'> {
  if (isSetting(key)) {
    const mend = `Give ${flagName(key)} or the environment variable ${environmentName(key)}.`
    return { message: `'${key}' has no meaning in a config file.`, mend }
  }
  const meant = nameMeantBy(key)
  const mend =
    meant === undefined ? 'nunicorn --help lists the settings.' : `Did you mean '${meant}'?`
  return { message: `Unknown setting '${key}'.`, mend }
}

function nameMeantBy(key: string): SettingName | undefined {
  const names = settingNames.filter(isFileSetting)
  const fromGunicorn = names.find((name) => rows[name].gunicorn === key)
  return fromGunicorn ?? nearest(key, names)
}

function noObject(value: unknown, origin: Origin): Problem {
  return {
    setting: 'config',
    value,
    origin,
    message: `The file gives ${showValue(value)}, not an object of settings.`,
    mend: 'Write `export default { workers: 4 }`; in JSON { "workers": 4 }.',
  }
}
