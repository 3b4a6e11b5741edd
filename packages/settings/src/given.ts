import { kinds } from './kinds/kinds.ts'
import type { Origin } from './origin.ts'
import type { Problem } from './problem.ts'
import { rows, type SettingName } from './table.ts'

/** A value as one source gives it, in the form of a config file and not yet checked. */
export interface Given {
  readonly setting: SettingName
  readonly value: unknown
  readonly origin: Origin
}

/** What one source has to say. */
export interface Findings {
  readonly given: readonly Given[]
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** Texts of one flag or variable, as a config file would have them. Of a flag that does not add up, the last counts. */
export function valueOfTexts(setting: SettingName, texts: readonly string[]): unknown {
  const { separator, fromText } = kinds[rows[setting].type]
  if (separator !== undefined) return texts
  const text = texts.at(-1) ?? ''
  return fromText === undefined ? text : fromText(text)
}
