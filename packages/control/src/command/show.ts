import { fileURLToPath } from 'node:url'

import type {
  MethodName,
  MethodResults,
  Replacement,
  WorkerStack,
  WrittenFile,
} from '../methods.ts'
import { showEvent } from './show-events.ts'
import { showStatus, showWorkers } from './show-status.ts'
import { duration, megabytes, printable } from './units.ts'

/** What people read instead of the JSON. */
export const show: {
  readonly [Name in Exclude<MethodName, 'subscribe' | 'unsubscribe'>]: (
    result: MethodResults[Name],
  ) => string
} = {
  status: showStatus,
  workers: showWorkers,
  reload: ({ generation, state }) =>
    state === 'finished'
      ? `Reloaded: all workers are of generation ${generation}.`
      : `Reloading to generation ${generation}; --wait would tell how it went.`,
  scale: ({ workers }) => `${workers} workers are ready.`,
  restart: (result) => `${who(result)} is replaced by pid ${result.replacedBy}.`,
  kill: (result) =>
    result.replacedBy === undefined
      ? `${who(result)} is gone.`
      : `${who(result)} is gone and replaced by pid ${result.replacedBy}.`,
  reopen: () => 'The log files are open anew.',
  config: (settings) => {
    const width = Math.max(...Object.keys(settings).map((name) => name.length))
    return Object.entries(settings)
      .map(([name, { value, origin }]) =>
        printable(`${name.padEnd(width)} = ${settingText(value)} (${origin})`),
      )
      .join('\n')
  },
  events: (events) => events.map(showEvent).join('\n'),
  profile: (written) => `${who(written)}: ${fileText(written)}`,
  heap: (written) =>
    `${who(written)} stood still for ${duration(written.tookMs)}: ${fileText(written)}`,
  stack: showStack,
  'log-level': ({ level, before }) => `The log level is ${level}; it was ${before}.`,
}

function who({ worker, pid }: Pick<Replacement, 'worker' | 'pid'>): string {
  return `Worker ${worker} (pid ${pid})`
}

function fileText({ file, bytes }: WrittenFile): string {
  return `${printable(file)} (${megabytes(bytes)})`
}

function settingText(value: unknown): string {
  if (value === null) return '-'
  if (typeof value === 'string') return value
  return JSON.stringify(value)
}

function showStack(result: WorkerStack): string {
  const { doing, note, stack } = result
  return [
    `${who(result)} is ${doing}${note ? ` (${printable(note)})` : ''}${stack.length > 0 ? ', in:' : '.'}`,
    ...stack.map(({ functionName, url, line, column }) =>
      printable(`    at ${functionName || '(anonymous)'} (${pathOf(url)}:${line}:${column})`),
    ),
  ].join('\n')
}

function pathOf(url: string): string {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url
  } catch {
    return url
  }
}
