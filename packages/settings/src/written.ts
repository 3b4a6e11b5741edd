import type { Json } from './kinds/kind.ts'
import { kinds } from './kinds/kinds.ts'
import { resolvedName } from './names.ts'
import { rows, type SettingName } from './table.ts'
import type { NunicornSettings } from './types.ts'

/** The value of a setting as a config file would say it; `null` where it has none. */
export function writtenValue(settings: NunicornSettings, setting: SettingName): Json {
  const value: unknown = (settings as Readonly<Record<string, unknown>>)[resolvedName(setting)]
  const { write } = kinds[rows[setting].type]
  if (value === undefined) return null
  return write === undefined ? (value as Json) : write(value as never)
}

/** The value of a setting as people read it; empty where it has none. */
export function showSetting(settings: NunicornSettings, setting: SettingName): string {
  return showWritten(writtenValue(settings, setting))
}

/** The value of a setting as its environment variable would say it. */
export function environmentText(settings: NunicornSettings, setting: SettingName): string {
  const written = writtenValue(settings, setting)
  if (written === null || typeof written !== 'object') return String(written ?? '')
  const texts = Array.isArray(written)
    ? written.map(showWritten)
    : Object.entries(written).map(([key, value]) => `${key}=${showWritten(value)}`)
  return texts.join(kinds[rows[setting].type].separator)
}

/** The default as a config file would say it, or `undefined` where that is nothing, off or empty. */
export function defaultText(setting: SettingName): string | undefined {
  const { default: written = null } = rows[setting]
  return written === false ? undefined : showWritten(written as Json) || undefined
}

/** A written value as people read it: `127.0.0.1:8000, unix:/run/app.sock`. */
export function showWritten(written: Json): string {
  if (written === null) return ''
  if (Array.isArray(written)) return written.map(showWritten).join(', ')
  if (typeof written !== 'object') return String(written)
  return Object.entries(written)
    .map(([key, value]) => `${key}=${showWritten(value)}`)
    .join(', ')
}
