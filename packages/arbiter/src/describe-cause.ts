import { fileURLToPath } from 'node:url'

import { type ErrorReport, ExitCode, type OpenRequest } from '@nunicorn/contract'

import {
  assertNever,
  type Cause,
  type Diagnosis,
  type FatalReport,
  type StackFrame,
} from './machine/index.ts'
import type { ArbiterSettings } from './settings.ts'

export function describeCause(
  cause: Cause,
  { workerClass, program }: Pick<ArbiterSettings, 'workerClass' | 'program'>,
): string {
  switch (cause.type) {
    case 'drained':
      return 'it left when asked'
    case 'app-load':
    case 'boot':
      return describeError(cause.error)
    case 'boot-timeout':
      return `with -k ${workerClass} it was not ready within boot-timeout and was ${describeDiagnosis(cause.diagnosis)}`
    case 'hang':
      return `it did not answer within timeout and was ${describeDiagnosis(cause.diagnosis)}`
    case 'drain-timeout':
      return 'it had not left in time and was killed'
    case 'killed':
      return 'an operator had it killed'
    case 'forced-stop':
      return 'it was killed to force the stop'
    case 'exit':
      return [
        `it exited by itself with code ${cause.code}${describeWhy(cause, program)}`,
        ...describeRequests(cause),
      ].join('\n')
    case 'heap':
      return `its JavaScript heap was full${describeHeap(cause.report)}`
    case 'memory':
      return `it used ${megabytes(cause.bytes)}, more than max-memory-hard (${megabytes(cause.limitBytes)}), and was killed`
    case 'out-of-memory':
      return "the kernel's out-of-memory killer took it"
    case 'signal':
      if (cause.report) return `a fatal error (${cause.signal})${describeReport(cause.report)}`
      return cause.signal === 'SIGABRT'
        ? 'it aborted (SIGABRT): V8 was out of memory, native code failed an assertion, or somebody sent it the signal'
        : `a signal from outside, ${cause.signal}`
    case 'spawn':
      return `its process could not be started: ${cause.message}`
    default:
      return assertNever(cause)
  }
}

/** Node workers say that they were sent a SIGTERM; the kernel tells of no other process who has sent it one. */
function describeWhy(
  { code, error }: Extract<Cause, { type: 'exit' }>,
  program: ArbiterSettings['program'],
): string {
  if (error) return `: ${firstLine(error.message)}`
  const isOrderly = program !== undefined && code === ExitCode.ok
  return isOrderly ? ', of its own accord or because somebody sent it SIGTERM' : ''
}

function describeHeap(report: FatalReport | undefined): string {
  if (report === undefined) return ' (SIGABRT by V8)'
  const { heapUsedBytes, heapLimitBytes, file } = report
  return ` (${megabytes(heapUsedBytes)} used, the limit is ${megabytes(heapLimitBytes)}); Node's report: ${file}`
}

function describeReport({ event, file }: FatalReport): string {
  return `: ${firstLine(event)}; Node's report: ${file}`
}

/** The rest, and the stack, Node itself has written to stderr. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

export function describeError({ message, hint, stack }: ErrorReport): string {
  const sentences = [message, hint].filter(Boolean).join(' ')
  return stack ? `${sentences}\n${stack}` : sentences
}

/** `it gets no CPU time (the quota of its cgroup was used up 25 times and stopped it for 3.2 s)`. */
export function describeExcuse({ debugger: who, cpu }: Diagnosis): string {
  if (who !== undefined) return who
  if (cpu === undefined) return 'it gets no CPU time'
  const { throttledPeriods, throttledMs, pressure } = cpu
  const whys = [
    ...(throttledPeriods > 0
      ? [
          `nr_throttled rose by ${throttledPeriods}: its cgroup's quota stopped it for ${seconds(throttledMs)}`,
        ]
      : []),
    `CPU pressure ${Math.round(pressure * 100)} %`,
  ]
  return `it gets no CPU time (${whys.join('; ')})`
}

function describeDiagnosis(diagnosis: Diagnosis): string {
  const { verdict, stack, stackMissing } = diagnosis
  const doing = {
    spinning: 'spinning',
    blocked: describeWait(diagnosis),
    stopped: 'stopped (SIGSTOP)',
    starved: 'starved of CPU time',
    debugged: 'in a debugger',
    unknown: 'silent',
  }[verdict]
  if (stack && stack.length > 0)
    return [
      `${doing}, in:`,
      ...ownFrames(stack).map(describeFrame),
      ...describeRequests(diagnosis),
    ].join('\n')
  return stackMissing ? `${doing} (no stack: ${stackMissing})` : doing
}

const mostNamed = 3

/** `It was answering GET /slow (12.3 s); GET /a (0.2 s), GET /b (0.1 s) and 5 more waited.` */
function describeRequests({ requests = [] }: Pick<Diagnosis, 'requests'>): readonly string[] {
  const [first, ...others] = requests
  if (first === undefined) return []
  const named = requests.slice(0, mostNamed).map(describeRequest)
  const more = requests.length - named.length
  if (!first.running) return [`It was answering ${list(named, more)}.`]
  const waiting = others.length > 0 ? `; ${list(named.slice(1), more)} waited` : ''
  return [`It was answering ${named[0]}${waiting}.`]
}

function list(items: readonly string[], more: number): string {
  return `${items.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** The client has written it. */
function describeRequest({ method, url, ageMs }: OpenRequest): string {
  const shown = `${method} ${url}`.replaceAll(/[^ -~]/gu, (character) => escape(character))
  return `${shown} (${seconds(ageMs)})`
}

function escape(character: string): string {
  return String.raw`\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}

function describeWait({ waitsIn, uninterruptible, swap }: Diagnosis): string {
  if (waitsIn === 'ep_poll' || waitsIn === 'do_epoll_wait')
    return 'idle: its event loop waited for something that never came'
  return [
    `blocked${waitsIn ? ` in ${waitsIn}` : ''}`,
    ...(uninterruptible ? ['uninterruptibly: a disk or a network file system'] : []),
    ...(swap
      ? [`${megabytes(swap.bytes)} of it in swap, ${swap.majorFaults} pages read back meanwhile`]
      : []),
  ].join(', ')
}

/** Node's own frames are noise below the app's, unless there are no others. */
function ownFrames(stack: readonly StackFrame[]): readonly StackFrame[] {
  const own = stack.filter((frame) => !frame.url.startsWith('node:'))
  return own.length > 0 ? own : stack
}

function describeFrame({ functionName, url, line, column }: StackFrame): string {
  // A line of a program's own words.
  if (url === '' && line === 0) return `    ${functionName}`
  const file = url.startsWith('file:') ? fileURLToPath(url) : url
  const place = column === 0 ? line : `${line}:${column}`
  return `    at ${functionName || '(anonymous)'} (${file}:${place})`
}

export function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MB`
}

export function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}
