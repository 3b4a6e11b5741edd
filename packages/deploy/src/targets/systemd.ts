import { execFileSync } from 'node:child_process'

import type { SettingName } from '@nunicorn/settings'

import { provenance } from '../provenance.ts'
import type { Target } from '../target.ts'
import { contradictions } from './systemd/contradictions.ts'
import { planFor } from './systemd/plan.ts'
import { serviceUnit } from './systemd/service-unit.ts'
import { socketUnit } from './systemd/socket-unit.ts'

/** The settings that decide what is in the units. */
const uses: readonly SettingName[] = [
  'app',
  'bind',
  'backlog',
  'timeout',
  'gracefulTimeout',
  'drainDelay',
  'bootTimeout',
]

/** A socket unit that holds the addresses for as long as the machine is up, and a service that serves them. */
export const systemd: Target = {
  name: 'systemd',
  summary: 'a service and a socket unit of systemd',
  options: [
    {
      name: 'stop-timeout',
      placeholder: 'TIME',
      help: 'TimeoutStopSec=; by default drain-delay + graceful-timeout + 5s.',
    },
    {
      name: 'watchdog',
      placeholder: 'TIME',
      help: 'WatchdogSec=; 0 for none. By default timeout + boot-timeout + 10s, none if timeout is 0.',
    },
    {
      name: 'run-as',
      placeholder: 'USER',
      help: 'The user to run as; by default one that exists only while the service runs (DynamicUser=).',
    },
    {
      name: 'socket-group',
      placeholder: 'GROUP',
      help: 'Who else may connect to a Unix socket, such as www-data; by default everybody.',
    },
    {
      name: 'systemd-version',
      placeholder: 'N',
      help: 'The systemd that is to read them; by default that of this machine, or 253.',
      find: versionHere,
    },
  ],
  contradictions,
  render(resolved, place) {
    const plan = planFor(resolved, place)
    const header = [
      `Written by nunicorn deploy systemd, from these settings:`,
      ...provenance(resolved, uses).map((line) => `  ${line}`),
      'Write it anew when they change, instead of editing it: systemctl edit keeps what you add in a file of its own.',
    ]
    return [
      { path: `${plan.name}.service`, text: serviceUnit(plan, header) },
      { path: `${plan.name}.socket`, text: socketUnit(plan, header) },
    ]
  },
}

function versionHere(): string | undefined {
  try {
    return /^systemd (\d+)/.exec(
      execFileSync('systemctl', ['--version'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    )?.[1]
  } catch {
    return undefined
  }
}
