import type { LogLevel } from '@nunicorn/contract'

import type { LogRecord } from '../logger.ts'

/** What every message of one process says about where it comes from. */
export interface SyslogOrigin {
  readonly facility: SyslogFacility
  readonly hostname: string
  readonly appName: string
}

export type SyslogFacility = (typeof syslogFacilities)[number]

/** RFC 5424, 6.2.1, by the names that syslog(3) has for them; those between ftp and local0 have none. */
export const syslogFacilities = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
] as const

/**
 * A message of RFC 5424, without framing. MSG carries no byte order mark, which makes it "any octets" instead of UTF-8 by
 * promise: receivers show the mark as garbage.
 */
export function syslogMessage(record: LogRecord, text: string, origin: SyslogOrigin): string {
  const { level, at, pid } = record
  const priority = facilityNumber(origin.facility) * 8 + severities[level]
  const header = [
    `<${priority}>1`,
    new Date(at).toISOString(),
    token(origin.hostname, 255),
    token(origin.appName, 48),
    String(pid),
    '-',
    '-',
  ]
  return `${header.join(' ')} ${text}`
}

function facilityNumber(facility: SyslogFacility): number {
  const index = syslogFacilities.indexOf(facility)
  return index < firstLocal ? index : index + unnamed
}

const firstLocal = 12
const unnamed = 4

const severities: Readonly<Record<LogLevel, number>> = {
  critical: 2,
  error: 3,
  warning: 4,
  info: 6,
  debug: 7,
}

/** PRINTUSASCII; `-` says that there is none. */
function token(text: string, longest: number): string {
  return text.replace(/[^\u0021-\u007e]/g, '_').slice(0, longest) || '-'
}
