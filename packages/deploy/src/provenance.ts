import {
  flagName,
  formatOrigin,
  type Resolved,
  type SettingName,
  settingNames,
  showSetting,
} from '@nunicorn/settings'

/**
 * Lines that say which settings a file was derived from: those it `uses`, and all others that somebody gave.
 * `--graceful-timeout = 60s (flag --graceful-timeout)`.
 */
export function provenance(
  { settings, origins }: Resolved,
  uses: readonly SettingName[],
): readonly string[] {
  const used = settingNames.filter(
    (name) => uses.includes(name) || origins[name].type !== 'default',
  )
  return used.map(
    (name) =>
      `${flagName(name)} = ${oneLine(showSetting(settings, name)) || '-'} (${formatOrigin(origins[name])})`,
  )
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}
