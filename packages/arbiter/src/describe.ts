import type { CutWork, Logger } from '@nunicorn/contract'

import {
  describeCause,
  describeError,
  describeExcuse,
  megabytes,
  seconds,
} from './describe-cause.ts'
import { assertNever, type Cause, type Report } from './machine/index.ts'
import type { ArbiterSettings } from './settings.ts'

export interface Line {
  readonly level: keyof Logger
  readonly message: string
}

export interface Scene {
  /** The one that the report is about. */
  readonly worker: { readonly pid: number; readonly workerClass: string }
  readonly settings: ArbiterSettings
  readonly urls: readonly string[]
  /** Whether these are other addresses than those before the reload. */
  readonly moved: boolean
}

/** What an operator reads. Most reports are one line. */
export function describeReport(report: Report, scene: Scene): readonly Line[] {
  const { settings } = scene
  const worker = 'slot' in report ? `Worker ${report.slot} (pid ${scene.worker.pid})` : ''
  switch (report.type) {
    case 'worker-ready':
      return [
        ...(report.first ? listening(scene) : []),
        ...(report.first ? [info(`Using worker class: ${scene.worker.workerClass}`)] : []),
        { level: report.quiet ? 'debug' : 'info', message: `${worker} is ready` },
      ]
    case 'worker-suspect':
      return [info(`${worker} has missed its beats; its neighbours accept for it`)]
    case 'worker-recovered':
      return [info(`${worker} beats again`)]
    case 'worker-excused':
      return [
        warning(
          `${worker} is silent because ${describeExcuse(report.diagnosis)}; it is not killed for that`,
        ),
      ]
    case 'worker-retiring':
      return [
        info(
          `${worker} retires (${describeRetirement(report)}) as soon as its replacement is ready`,
        ),
      ]
    case 'memory-limit-low':
      return [
        warning(
          `max-memory (${megabytes(report.limitBytes)}) is too low for this app, or it leaks fast: ${worker} uses ${megabytes(report.bytes)}, ${seconds(report.ageMs)} after it was ready. Such workers are replaced after growing pauses, this one in ${seconds(report.delayMs)}. Raise max-memory.`,
        ),
      ]
    case 'worker-ended':
      return describeEnd(report, { worker, settings })
    case 'work-cut':
      return [
        warning(`${worker} had to cut at its deadline: ${report.cut.map(describeCut).join('; ')}`),
      ]
    case 'respawn-delayed':
      return [
        warning(
          `Slot ${report.slot}: ${report.failures} workers in a row died young; the next one starts in ${seconds(report.delayMs)}`,
        ),
      ]
    case 'degraded':
      return [
        {
          level: 'error',
          message: `Degraded: workers of slot ${report.slot} keep dying (${firstLine(describeCause(report.cause, settings))}); ${report.ready} of ${report.target} workers are ready. Trying again with growing pauses, saying only what is new; a reload (HUP) tries at once.`,
        },
      ]
    case 'recovered':
      return [info(`Recovered: ${report.ready} of ${report.target} workers are ready`)]
    case 'reload-started':
      return [info(`Reloading: generation ${report.generation}`)]
    case 'reload-queued':
      return [info('Another reload follows the one under way')]
    case 'canary-ready':
      return [
        info(
          `The first worker of generation ${report.generation} is ready; the others follow if it lives through ${seconds(report.soakMs)}`,
        ),
      ]
    case 'reload-finished':
      return [
        ...(scene.moved ? listening(scene) : []),
        info(`Reloaded: all workers are of generation ${report.generation}`),
      ]
    case 'reload-refused':
      return [
        {
          level: 'error',
          message: `Reload refused; the old workers go on serving. ${describeError(report.error)}`,
        },
      ]
    case 'reload-failed':
      return [
        {
          level: 'error',
          message: `Reload failed; the old workers go on serving. The first worker of generation ${report.generation} ended: ${describeCause(report.cause, settings)}`,
        },
      ]
    case 'scaled':
      return [info(`Scaling to ${report.target} workers`)]
    case 'clock-jumped':
      return [
        info(
          `The arbiter did not run for ${seconds(report.lateMs)}; all deadlines move by as much`,
        ),
      ]
    case 'leaving':
      return [
        info(
          `Leaving: serving for another ${seconds(report.delayMs)} (drain-delay), then stopping`,
        ),
      ]
    case 'stopping':
      return [
        info(
          {
            graceful: 'Stopping: finishing what is in flight',
            quick: 'Stopping at once',
            forced: 'Stopping by force',
          }[report.how],
        ),
      ]
    case 'first-boot-failed':
      return [
        {
          level: 'error',
          message: describeFirstBoot(report.cause, settings),
        },
      ]
    default:
      return assertNever(report)
  }
}

function listening({ urls }: Scene): readonly Line[] {
  return urls.map((url) => info(`Listening at: ${url} (${process.pid})`))
}

function describeEnd(
  report: Extract<Report, { type: 'worker-ended' }>,
  { worker, settings }: { readonly worker: string; readonly settings: ArbiterSettings },
): readonly Line[] {
  const { cause, lost, quiet } = report
  if (cause.type === 'drained') return [info(`${worker} has left`)]
  return [
    {
      level: quiet ? 'debug' : lost && cause.type !== 'killed' ? 'error' : 'warning',
      message: `${worker} ended: ${describeCause(cause, settings)}`,
    },
  ]
}

function describeFirstBoot(
  cause: Cause,
  settings: Pick<ArbiterSettings, 'workerClass' | 'program'>,
): string {
  const why = describeCause(cause, settings)
  if (cause.type === 'app-load' || cause.type === 'boot') return `The app cannot be started. ${why}`
  const message = `The app cannot be started: before its first worker was ready, ${why}`
  if (cause.type !== 'exit') return message
  return `${message}. What it wrote itself stands above; an app that calls listen() or forks workers itself is one for -k script, or must leave that to nunicorn.`
}

function describeCut({ what, ageMs, bytes }: CutWork): string {
  return `${what} (${seconds(ageMs)} old, ${bytes} bytes sent)`
}

function describeRetirement({
  reason,
  memory,
}: Extract<Report, { type: 'worker-retiring' }>): string {
  if (reason === 'signal') return 'somebody sent it SIGTERM'
  if (reason === 'asked') return 'it asked for it'
  if (reason === 'operator') return 'an operator asked for it'
  return memory === undefined
    ? reason
    : `max-memory: it uses ${megabytes(memory.bytes)}, the limit is ${megabytes(memory.limitBytes)}`
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').trim()
}

function info(message: string): Line {
  return { level: 'info', message }
}

function warning(message: string): Line {
  return { level: 'warning', message }
}
