import type { ErrorReport, Logger } from '@nunicorn/contract'

import { createFleet } from './fleet.ts'
import { checkProgram } from './program/check-program.ts'
import type { ArbiterSettings } from './settings.ts'
import { childProcesses } from './worker-process.ts'

/** What `--check-config` finds: what is wrong, or else what it has shown, and what not. */
export type Checkup = { readonly fault: ErrorReport } | { readonly shown: string }

/** Boots the app once in a worker that is given no socket, and ends it again; a program is not started. */
export async function checkApp({
  settings,
  workerMain,
  command,
  log,
}: {
  readonly settings: ArbiterSettings
  readonly workerMain: string
  readonly command: string
  /** What the worker says while it boots. */
  readonly log: Logger
}): Promise<Checkup> {
  const { program } = settings
  if (program) return await checkProgram({ ...settings, program })
  return await new Promise((resolve) => {
    let verdict: ErrorReport | undefined = {
      code: 'boot',
      message: 'The app ended the process while it booted.',
    }
    const timer =
      settings.bootTimeoutMs === 0 ? undefined : setTimeout(giveUp, settings.bootTimeoutMs)
    const fleet = createFleet({
      spawnWorker: childProcesses({ main: workerMain }),
      command,
      onLog: ({ pid }, { level, message, fields }) => log[level](message, { ...fields, pid }),
      onMessage(id, message) {
        if (message.type === 'boot-failed') verdict = message.error
        if (message.type !== 'ready') return
        verdict = undefined
        fleet.send(id, { type: 'drain', deadlineMs: 0, acceptQueued: false })
      },
      onMalformed() {},
      onExit() {
        clearTimeout(timer)
        resolve(verdict ? { fault: verdict } : { shown: 'The settings and the app are fine.' })
      },
    })
    fleet.spawn({ id: 1, slot: 1, generation: { number: 1, settings, listeners: [] } })

    function giveUp(): void {
      verdict = {
        code: 'boot-timeout',
        message: `The app was not ready within boot-timeout, with -k ${settings.workerClass}.`,
      }
      fleet.signal(1, 'SIGKILL')
    }
  })
}
