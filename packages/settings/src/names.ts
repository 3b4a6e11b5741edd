import { rows, type SettingName } from './table.ts'

/** `gracefulTimeout` -> `graceful-timeout`. */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** How a setting is written on the command line: `--graceful-timeout`, or `APP` for an argument. */
export function flagName(name: SettingName): string {
  return rows[name].positional ?? `--${kebabCase(name)}`
}

/** The environment variable that every setting has: `NUNICORN_GRACEFUL_TIMEOUT`. */
export function environmentName(name: SettingName): string {
  return `NUNICORN_${kebabCase(name).replaceAll('-', '_').toUpperCase()}`
}

/** The key among the resolved settings, where a duration and a size name their unit: `gracefulTimeoutMs`. */
export function resolvedName(name: SettingName): string {
  const { type } = rows[name]
  if (type === 'duration') return `${name}Ms`
  return type === 'size' ? `${name}Bytes` : name
}
