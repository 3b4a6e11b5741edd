import { isNunicornError } from '@nunicorn/contract'
import type { WorkerStack } from '@nunicorn/control'
import { bytes } from '@nunicorn/view'

import type { TopClient } from './client.ts'
import { type Line, line } from './line.ts'

/** What a key asks the instance to do. */
export type Deed =
  | { readonly type: 'reload' }
  | { readonly type: 'scale'; readonly to: number }
  | { readonly type: 'stack'; readonly worker: DeedWorker }
  | {
      readonly type: 'profile'
      readonly worker: DeedWorker
      readonly seconds: number
      readonly file: string
    }

/** The pid says which one is meant while a slot has two. */
export interface DeedWorker {
  readonly number: number
  readonly pid: number
}

/** What came of it: a line, and what is too long for one. */
export interface Outcome {
  readonly notice: Line
  readonly panel?: readonly Line[]
}

/** What is said while it is done. */
export function announce(deed: Deed): Line {
  return line({ text: `${nameOf(deed)} ...`, tone: 'accent' })
}

/** Never rejects: what went wrong is the outcome. */
export async function perform(deed: Deed, client: TopClient): Promise<Outcome> {
  try {
    return await carryOut(deed, client)
  } catch (error) {
    return { notice: line({ text: `${nameOf(deed)}: ${reasonOf(error)}`, tone: 'bad' }) }
  }
}

async function carryOut(deed: Deed, client: TopClient): Promise<Outcome> {
  const name = nameOf(deed)
  switch (deed.type) {
    case 'reload': {
      const { generation } = await client.call('reload', { wait: true })
      return good(`${name}: took, all workers are of generation ${generation}`)
    }
    case 'scale': {
      const { workers } = await client.call('scale', { to: deed.to })
      return good(`${name}: done, there are ${workers}`)
    }
    case 'stack':
      return stackOutcome(name, await client.call('stack', { worker: deed.worker.pid }))
    case 'profile': {
      const { seconds, file } = deed
      const written = await client.call('profile', { worker: deed.worker.pid, seconds, file })
      return good(`${name}: ${written.file} (${bytes(written.bytes)}), for Chrome's DevTools`)
    }
  }
}

function stackOutcome(name: string, { doing, stack, note }: WorkerStack): Outcome {
  const words = [`${name}: ${doing}`, note].filter(Boolean).join(', ')
  if (stack.length === 0) return good(words)
  const frames = stack.map(({ functionName, url, line: row, column }) =>
    line(`  at ${functionName || '(anonymous)'} (${url}:${row}:${column})`),
  )
  return { ...good(words), panel: [line({ text: words, bold: true }), ...frames] }
}

function nameOf(deed: Deed): string {
  switch (deed.type) {
    case 'reload':
      return 'reload'
    case 'scale':
      return `scale to ${deed.to}`
    case 'stack':
      return `stack of worker ${deed.worker.number}`
    case 'profile':
      return `profile of worker ${deed.worker.number}, ${deed.seconds} s`
  }
}

function good(text: string): Outcome {
  return { notice: line({ text, tone: 'good' }) }
}

function reasonOf(error: unknown): string {
  if (isNunicornError(error)) return [error.message, error.hint].filter(Boolean).join(' ')
  return error instanceof Error ? error.message : String(error)
}
