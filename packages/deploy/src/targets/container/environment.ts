import {
  environmentName,
  environmentText,
  type Resolved,
  type SettingName,
  settingNames,
} from '@nunicorn/settings'
import { formatAddress } from '@nunicorn/sockets/address'

import type { Reach } from './reach.ts'

/** Said elsewhere, or not meant for a container. */
const left: readonly SettingName[] = ['app', 'pid', 'checkConfig', 'printConfig', 'env']

/**
 * What the processes of a container get to know: the settings that flags and the environment give, and those that are
 * others in a container. A config file is read in it; variables win over it, and flags that somebody adds over them.
 */
export function environmentOf(
  { settings, origins }: Resolved,
  { bind, admin, offered }: Reach,
): Readonly<Record<string, string>> {
  const given = settingNames.filter(
    (name) => !left.includes(name) && !['default', 'file'].includes(origins[name].type),
  )
  return {
    ...(origins.env.type === 'file' ? {} : settings.env),
    ...Object.fromEntries(
      given.map((name) => [environmentName(name), environmentText(settings, name)]),
    ),
    ...(offered.bind && { [environmentName('bind')]: bind.map(formatAddress).join(',') }),
    ...(offered.admin && { [environmentName('admin')]: formatAddress(admin) }),
    ...(origins.logFormat.type === 'default' && { [environmentName('logFormat')]: 'json' }),
  }
}
