import { rows, settingNames, type SettingName } from './table.ts'
import type { NunicornSettings } from './types.ts'
import { showWritten, writtenValue } from './written.ts'

/** A setting that a reload finds changed; values as a config file would say them. */
export interface Change {
  readonly setting: SettingName
  readonly before: string
  readonly after: string
}

/** What a reload (HUP) finds changed. */
export interface ReloadChanges {
  /** New workers get the new value. */
  readonly applied: readonly Change[]
  /** The old value stays until the arbiter itself is started anew. */
  readonly restartNeeded: readonly Change[]
}

export function compareSettings(before: NunicornSettings, after: NunicornSettings): ReloadChanges {
  const changes = settingNames
    // Not by what is shown: `A=1, B=2` may be one variable or two.
    .filter((setting) => exact(before, setting) !== exact(after, setting))
    .map((setting) => ({
      setting,
      before: showWritten(writtenValue(before, setting)),
      after: showWritten(writtenValue(after, setting)),
    }))
  return {
    applied: changes.filter(({ setting }) => rows[setting].onReload === 'applied'),
    restartNeeded: changes.filter(({ setting }) => rows[setting].onReload === 'restart-needed'),
  }
}

function exact(settings: NunicornSettings, setting: SettingName): string {
  return JSON.stringify(writtenValue(settings, setting))
}
