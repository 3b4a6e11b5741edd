import { basename } from 'node:path'

import {
  environmentName,
  environmentText,
  parseDuration,
  type Resolved,
  type SettingName,
  settingNames,
} from '@nunicorn/settings'
import type { Address } from '@nunicorn/sockets/address'

import { appWords } from '../../app-words.ts'
import type { Place } from '../../target.ts'
import { longBootMs } from '../long-boot.ts'

/** What the units say, before it is written down. */
export interface Plan {
  /** Of both units. */
  readonly name: string
  /** With what it is given itself. */
  readonly app: readonly string[]
  readonly place: Place
  readonly bind: readonly Address[]
  readonly backlog: number
  /** What the service gets to know of the settings; those of a config file are read from there. */
  readonly environment: Readonly<Record<string, string>>
  readonly stopMs: number
  /** 0: there is no limit. */
  readonly startMs: number
  /** 0: no watchdog. */
  readonly watchdogMs: number
  readonly user: string | undefined
  readonly socketGroup: string | undefined
  /** Whether systemd can pass a descriptor to notify it by, and waits for the end of a reload (253). */
  readonly modern: boolean
  /** Whether the app is in somebody's home. */
  readonly inHome: boolean
  readonly openFiles: number
  /** Whether nobody has said where the control socket is to be. */
  readonly placesControlSocket: boolean
}

/** What the service calls the socket that it is passed. */
export const socketName = 'nunicorn'

/** Where systemd makes a folder for the service, named after it: what else there is it can only read. */
export const ownFolders: readonly string[] = ['/run', '/var/lib', '/var/cache', '/var/log']

/** From the end of the graceful timeout to the last SIGKILL of the arbiter's own, and to spare. */
const stopMarginMs = 5_000
/** Before systemd acts, the arbiter has had the time to find out about a hung worker, to kill and to replace it. */
const watchdogMarginMs = 10_000
const firstModern = 253
const fewestFiles = 65_536

export function planFor(resolved: Resolved, place: Place): Plan {
  const { settings, origins } = resolved
  const { options, directory, node, command } = place
  const { timeoutMs, bootTimeoutMs, gracefulTimeoutMs, drainDelayMs } = settings
  return {
    name: unitName(settings.name ?? basename(directory)),
    app: appWords(settings),
    place,
    bind: settings.bind,
    backlog: settings.backlog,
    environment: environmentOf(resolved, directory),
    stopMs: durationOf(options['stop-timeout']) ?? drainDelayMs + gracefulTimeoutMs + stopMarginMs,
    startMs: bootTimeoutMs === 0 ? 0 : bootTimeoutMs + stopMarginMs,
    watchdogMs:
      durationOf(options['watchdog']) ??
      (timeoutMs === 0 ? 0 : timeoutMs + (bootTimeoutMs || longBootMs) + watchdogMarginMs),
    user: options['run-as'],
    socketGroup: options['socket-group'],
    modern: Number(options['systemd-version'] ?? firstModern) >= firstModern,
    inHome: [directory, node, command].some(isInHome),
    openFiles: Math.max(fewestFiles, 2 * settings.workerConnections),
    placesControlSocket: origins.controlSocket.type === 'default' && settings.pid === undefined,
  }
}

export function isInHome(path: string): boolean {
  return /^\/(home|root|run\/user)\//.test(`${path}/`)
}

export function durationOf(written: string | undefined): number | undefined {
  return written === undefined ? undefined : parseDuration(written)
}

/** What systemd allows in the name of a unit, less what would have to be escaped in a shell. */
function unitName(text: string): string {
  return text.replace(/[^\w.-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '') || 'nunicorn'
}

/** Said elsewhere in the units, or not meant for a service. */
const left: readonly SettingName[] = [
  'app',
  'appArguments',
  'bind',
  'checkConfig',
  'printConfig',
  'env',
]

function environmentOf(
  { settings, origins }: Resolved,
  directory: string,
): Readonly<Record<string, string>> {
  const given = settingNames.filter(
    (name) => !left.includes(name) && !['default', 'file'].includes(origins[name].type),
  )
  return {
    NODE_ENV: 'production',
    // A link that a deploy moves (`current`) is followed anew at each reload only under its own name.
    PWD: directory,
    ...(origins.env.type === 'file' ? {} : settings.env),
    ...Object.fromEntries(
      given.map((name) => [environmentName(name), environmentText(settings, name)]),
    ),
    [environmentName('bind')]: `fd://${socketName}`,
  }
}
