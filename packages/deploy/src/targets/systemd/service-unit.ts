import { formatDuration } from '@nunicorn/settings'

import { hardening } from './hardening.ts'
import type { Plan } from './plan.ts'
import { plainPath, quoteArgument, quoteAssignment } from './quote.ts'

export function serviceUnit(plan: Plan, header: readonly string[]): string {
  const { name, app, place } = plan
  const lines = [
    ...header.map((line) => `# ${line}`),
    '',
    '[Unit]',
    `Description=${name}, served by nunicorn`,
    `Requires=${name}.socket`,
    `After=network.target ${name}.socket`,
    '# A service that cannot start is tried again for ever, and comes up by itself once that is mended.',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    ...typeLines(plan),
    `WorkingDirectory=${plainPath(place.directory)}`,
    `ExecStart=${[place.node, place.command, ...app].map(quoteArgument).join(' ')}`,
    ...Object.entries(plan.environment).map(
      ([key, value]) => `Environment=${quoteAssignment(key, value)}`,
    ),
    '# Secrets belong into a file that only root can read:',
    `# EnvironmentFile=/etc/${name}.env`,
    '',
    ...lifeLines(plan),
    '',
    ...userLines(plan),
    '',
    ...hardening(plan),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    `Also=${name}.socket`,
  ]
  return `${lines.join('\n')}\n`
}

function typeLines({ modern }: Plan): readonly string[] {
  return modern
    ? [
        '# systemctl reload sends HUP and returns when the new workers serve, or when the old ones go on: see systemctl status.',
        '# (For systemd before 253 add --systemd-version 252.)',
        'Type=notify-reload',
        '# By this descriptor nunicorn tells how it does: Node itself has no such sockets.',
        'OpenFile=/run/systemd/notify:notify',
        'NotifyAccess=main',
      ]
    : [
        '# systemctl reload returns at once: this systemd does not wait for the end of a reload (253 does).',
        'Type=notify',
        'ExecReload=/bin/kill -HUP $MAINPID',
        '# Node has no such sockets, so that systemd-notify(1) speaks for nunicorn: not the main process.',
        'NotifyAccess=all',
      ]
}

function lifeLines({ startMs, stopMs, watchdogMs, openFiles }: Plan): readonly string[] {
  return [
    '# More is asked for while the app boots (EXTEND_TIMEOUT_USEC), up to boot-timeout.',
    `TimeoutStartSec=${startMs === 0 ? 'infinity' : formatDuration(startMs)}`,
    '# drain-delay + graceful-timeout, and what the arbiter takes to kill what is left.',
    `TimeoutStopSec=${formatDuration(stopMs)}`,
    '# TERM to the arbiter alone, which drains its workers; KILL to all that is left.',
    'KillMode=mixed',
    ...(watchdogMs === 0
      ? ['# No watchdog: with timeout 0 a blocked worker is to be left alone.']
      : [
          '# Longer than the arbiter takes to find a hung worker, to kill and to replace it. Only while a worker is well is systemd told so.',
          `WatchdogSec=${formatDuration(watchdogMs)}`,
        ]),
    'Restart=always',
    'RestartSec=2s',
    '# 2: the command line is wrong, which no restart mends.',
    'RestartPreventExitStatus=2',
    `LimitNOFILE=${openFiles}`,
  ]
}

function userLines({ name, user, placesControlSocket }: Plan): readonly string[] {
  const who =
    user === undefined
      ? ['# A user that exists only while this runs.', 'DynamicUser=yes']
      : [`User=${user}`]
  return [
    ...who,
    '# Where it may write: /run, /var/lib and /var/log, each in a folder of this name.',
    `RuntimeDirectory=${name}`,
    `StateDirectory=${name}`,
    `LogsDirectory=${name}`,
    ...(placesControlSocket
      ? [
          '# For nunicorn ctl --socket; in /tmp, which only the service sees, it would not be found.',
          'Environment=NUNICORN_CONTROL_SOCKET=%t/%N/control.sock',
        ]
      : []),
    '# Compiled code is kept here, so that workers boot faster.',
    `CacheDirectory=${name}`,
    'Environment=NODE_COMPILE_CACHE=%C/%N',
  ]
}
