import type { LogOptions } from '@nunicorn/logger'
import type { NunicornSettings } from '@nunicorn/settings'

/** Where the log goes, by the settings. */
export function logOptions({
  logLevel,
  logFormat,
  errorLogfile,
  logSyslog,
  logSyslogTo,
  logSyslogPrefix,
  logSyslogFacility,
}: NunicornSettings): LogOptions {
  return {
    level: logLevel,
    format: logFormat,
    file: errorLogfile,
    ...(logSyslog && {
      syslog: {
        to: logSyslogTo,
        facility: logSyslogFacility,
        appName: logSyslogPrefix === undefined ? 'nunicorn' : `nunicorn.${logSyslogPrefix}`,
      },
    }),
  }
}
