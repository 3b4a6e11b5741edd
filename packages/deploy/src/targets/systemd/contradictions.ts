import { isIP } from 'node:net'
import { resolve } from 'node:path'

import {
  flagName,
  formatDuration,
  type Problem,
  type Resolved,
  type SettingName,
} from '@nunicorn/settings'
import { type Address, formatAddress } from '@nunicorn/sockets/address'

import { ofOption, ofSetting } from '../../problems.ts'
import type { Place } from '../../target.ts'
import { durationOf, isInHome, ownFolders, planFor } from './plan.ts'

/** The arbiter kills what has not left a second after its deadline. */
const killGraceMs = 2_000
/** What finding out why a worker hangs, killing it and booting another one takes beyond `timeout`, at the least. */
const replacingMs = 10_000

/** Whatever would make systemd and nunicorn work against each other. */
export function contradictions(resolved: Resolved, place: Place): readonly Problem[] {
  return [
    ...malformed(place),
    ...stopTooShort(resolved, place),
    ...watchdogTooShort(resolved, place),
    ...unfitAddresses(resolved, planFor(resolved, place).name),
    ...unwritable(resolved, place, planFor(resolved, place).name),
    ...unreadable(place),
  ]
}

function malformed({ options }: Place): Problem[] {
  const { 'systemd-version': version, 'run-as': user, 'socket-group': group } = options
  return [
    ...['stop-timeout', 'watchdog']
      .filter((name) => options[name] !== undefined && durationOf(options[name]) === undefined)
      .map((name) =>
        ofOption(name, options[name], {
          message: `'${options[name]}' is no time.`,
          mend: 'Give seconds (30) or a number with its unit (500ms, 2m, 1h).',
        }),
      ),
    ...(version === undefined || /^\d+$/.test(version)
      ? []
      : [
          ofOption('systemd-version', version, {
            message: `'${version}' is no version.`,
            mend: 'Give a number: systemctl --version begins with it.',
          }),
        ]),
    ...Object.entries({ 'run-as': user, 'socket-group': group })
      .filter(([, name]) => name !== undefined && !/^[a-zA-Z0-9_][\w.-]*$/.test(name))
      .map(([name, value]) =>
        ofOption(name, value, {
          message: `'${value}' is no name of a user or group.`,
          mend: 'Give a name such as www-data.',
        }),
      ),
  ]
}

function stopTooShort({ settings, origins }: Resolved, { options }: Place): Problem[] {
  const stopMs = durationOf(options['stop-timeout'])
  const needsMs = settings.drainDelayMs + settings.gracefulTimeoutMs + killGraceMs
  if (stopMs === undefined || stopMs >= needsMs) return []
  const drain =
    origins.drainDelay.type === 'default'
      ? ''
      : ` after ${flagName('drainDelay')} ${formatDuration(settings.drainDelayMs)}`
  return [
    ofOption('stop-timeout', options['stop-timeout'], {
      message: `systemd would kill everything after ${formatDuration(stopMs)}, while workers may drain for ${flagName('gracefulTimeout')} ${formatDuration(settings.gracefulTimeoutMs)}${drain}.`,
      mend: `Give at least ${formatDuration(needsMs)}, or shorten these settings.`,
    }),
  ]
}

function watchdogTooShort({ settings }: Resolved, { options }: Place): Problem[] {
  const watchdogMs = durationOf(options['watchdog'])
  if (watchdogMs === undefined || watchdogMs === 0) return []
  const { timeoutMs } = settings
  if (timeoutMs === 0)
    return [
      ofOption('watchdog', options['watchdog'], {
        message: `with ${flagName('timeout')} 0 a blocked worker is left alone, but systemd would end everything once all are blocked.`,
        mend: 'Give --watchdog 0, or a timeout.',
      }),
    ]
  if (watchdogMs >= timeoutMs + replacingMs) return []
  return [
    ofOption('watchdog', options['watchdog'], {
      message: `systemd would end everything after ${formatDuration(watchdogMs)}, before a hung worker is replaced (${flagName('timeout')} ${formatDuration(timeoutMs)}).`,
      mend: `Give at least ${formatDuration(timeoutMs + replacingMs)}, or shorten the timeout.`,
    }),
  ]
}

function unfitAddresses(resolved: Resolved, name: string): Problem[] {
  return resolved.settings.bind.flatMap((address) => {
    const why = whyUnfit(address, name)
    return why === undefined ? [] : [ofSetting(resolved, 'bind', formatAddress(address), why)]
  })
}

function whyUnfit(address: Address, name: string): Pick<Problem, 'message' | 'mend'> | undefined {
  const text = formatAddress(address)
  if (address.type === 'inherited')
    return {
      message: `'${text}' does not say where the socket is, which the socket unit has to.`,
      mend: 'Give the address itself: HOST:PORT or unix:PATH. The service takes it over by its name.',
    }
  if (address.type === 'unix' && address.path.startsWith(`/run/${name}/`))
    return {
      message: `'${text}' is in the folder that systemd makes for the service, and removes with all that is in it when the service ends.`,
      mend: `Give a path beside it, such as unix:/run/${name}.sock, which the socket unit keeps.`,
    }
  if (address.type === 'unix')
    return address.path.startsWith('/tmp/') || address.path.startsWith('/var/tmp/')
      ? {
          message: `'${text}' is in a folder that anybody may clean up.`,
          mend: 'Give a path in /run.',
        }
      : undefined
  if (address.port === 0)
    return { message: `'${text}' leaves the port open.`, mend: 'Give a port above 0.' }
  if (isIP(address.host.replace(/%.*$/, '')) === 0)
    return {
      message: `'${text}' is a name, and systemd opens only addresses.`,
      mend: 'Give 127.0.0.1 for this machine only, 0.0.0.0 for every interface.',
    }
  return undefined
}

/** The service may write to its own folders only; what goes to none of these would end its start. */
function unwritable(resolved: Resolved, { directory }: Place, name: string): Problem[] {
  const { settings } = resolved
  const { admin } = settings
  const paths: readonly (readonly [SettingName, unknown])[] = [
    ['pid', settings.pid],
    ['accessLogfile', settings.accessLogfile],
    ['errorLogfile', settings.errorLogfile],
    ['reportDir', settings.reportDir],
    ['controlSocket', settings.controlSocket],
    ['admin', admin?.type === 'unix' ? admin.path : undefined],
  ]
  return paths.flatMap(([setting, path]) => {
    if (typeof path !== 'string' || path === '-') return []
    const whole = resolve(directory, path)
    const own = ownFolders.map((folder) => `${folder}/${name}/`)
    if (['/dev/', ...own].some((folder) => `${whole}/`.startsWith(folder))) return []
    return [
      ofSetting(resolved, setting, path, {
        message: `'${path}' could not be written: all but its own folders are read-only for the service.`,
        mend: `Give a path in ${own.join(', ')}, or leave it out.`,
      }),
    ]
  })
}

function unreadable({ directory, node, command, options }: Place): Problem[] {
  const paths = { 'The app': directory, Node: node, nunicorn: command }
  return Object.entries(paths).flatMap(([what, path]) => {
    const why = whyUnreadable(path, options['run-as'])
    if (why === undefined) return []
    return [
      ofOption('run-as', options['run-as'], {
        message: `${what} is at ${path}, ${why.message}`,
        mend: why.mend,
      }),
    ]
  })
}

function whyUnreadable(
  path: string,
  user: string | undefined,
): Pick<Problem, 'message' | 'mend'> | undefined {
  if (/\/_npx\//.test(path))
    return {
      message: 'in the cache of npx, which may be cleaned up at any time.',
      mend: 'Install nunicorn beside the app: npm install nunicorn.',
    }
  if (/^\/(var\/)?tmp\//.test(path))
    return {
      message: 'in a folder of which the service sees only its own part (PrivateTmp=).',
      mend: 'Move it, for example to /srv or /opt.',
    }
  if (isInHome(path) && user === undefined)
    return {
      message: 'where a user that exists only while the service runs cannot read it.',
      mend: 'Move it, for example to /srv or /opt, or give --run-as with the owner.',
    }
  return undefined
}
