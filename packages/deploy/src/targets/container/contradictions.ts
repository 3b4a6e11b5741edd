import { isAbsolute, normalize } from 'node:path'

import type { Problem, Resolved, SettingName } from '@nunicorn/settings'
import { type Address, formatAddress } from '@nunicorn/sockets/address'

import { ofSetting } from '../../problems.ts'
import { isLoopback, type Reach } from './reach.ts'

/** Where a process without privileges may write in a container. */
const writable = /^\/(tmp|dev)\//

/** What makes no sense in any container. */
export function containerContradictions(resolved: Resolved, reach: Reach): readonly Problem[] {
  return [...unreachable(resolved, reach), ...outside(resolved), ...unwritable(resolved)]
}

function unreachable(resolved: Resolved, { bind, admin, offered }: Reach): Problem[] {
  const addresses = offered.bind ? [] : bind
  return [
    ...addresses.flatMap((address) => {
      const what = whyUnreachable(address)
      return what === undefined ? [] : [ofSetting(resolved, 'bind', formatAddress(address), what)]
    }),
    ...(!offered.admin && admin.type === 'tcp' && admin.port === 0
      ? [ofSetting(resolved, 'admin', formatAddress(admin), portLeftOpen(formatAddress(admin)))]
      : []),
  ]
}

function whyUnreachable(address: Address): Pick<Problem, 'message' | 'mend'> | undefined {
  const text = formatAddress(address)
  if (address.type === 'inherited')
    return {
      message: `'${text}' is a socket that systemd passes, and there is no systemd in a container.`,
      mend: 'Give :8000.',
    }
  if (address.type === 'unix') return undefined
  if (isLoopback(address))
    return {
      message: `'${text}' is reached only from inside the container.`,
      mend: `Give :${address.port || 8000}; who reaches that is decided outside.`,
    }
  return address.port === 0 ? portLeftOpen(text) : undefined
}

function portLeftOpen(text: string): Pick<Problem, 'message' | 'mend'> {
  return { message: `'${text}' leaves the port open.`, mend: 'Give a port above 0.' }
}

/** The image holds the folder of the app, and nothing beside it. */
function outside(resolved: Resolved): Problem[] {
  const { app, chdir, config } = resolved.settings as Readonly<Record<string, unknown>>
  const paths: Partial<Record<SettingName, unknown>> = { app, chdir, config }
  return Object.entries(paths).flatMap(([name, path]) =>
    typeof path === 'string' && (isAbsolute(path) || normalize(path).startsWith('..'))
      ? [
          ofSetting(resolved, name as SettingName, path, {
            message: `'${path}' is not in the folder from which the image is made.`,
            mend: 'Give a path inside of it, relative to it.',
          }),
        ]
      : [],
  )
}

function unwritable(resolved: Resolved): Problem[] {
  const { pid, accessLogfile, errorLogfile, reportDir } = resolved.settings
  const files: Partial<Record<SettingName, string | undefined>> = {
    pid,
    accessLogfile,
    errorLogfile,
    reportDir,
  }
  return Object.entries(files).flatMap(([name, path]) =>
    path === undefined || path === '-' || writable.test(path)
      ? []
      : [
          ofSetting(resolved, name as SettingName, path, {
            message: `'${path}' could not be written: the app owns no file of the image.`,
            mend:
              mends[name] ?? 'Leave it out, or give a path in /tmp, which goes with the container.',
          }),
        ],
  )
}

const mends: Readonly<Record<string, string>> = {
  pid: 'Leave it out: a container is signalled as a whole.',
  accessLogfile: "Give '-': what is written to stdout is the log of the container.",
  errorLogfile: "Give '-': what is written to stderr is the log of the container.",
}
