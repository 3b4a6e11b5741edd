import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import type { StackFrame } from '../machine/index.ts'
import { readStack } from './read-stack.ts'

/** On which a program writes its stack when it gets a signal that it has named. */
export interface StackPipe {
  /**
   * What comes after `ask`.
   * @throws Error if nothing comes before `limit` aborts.
   */
  read(ask: () => void, limit: AbortSignal): Promise<readonly StackFrame[]>
}

/** A stack is written in one go, with a write(2) for each piece; when nothing follows it is whole. */
const quietMs = 50
/** A program with a stack of a million lines must not fill the arbiter's memory. */
const longest = 65_536

export function createStackPipe(pipe: Socket): StackPipe {
  let text = ''
  pipe.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < longest) text += chunk
  })
  pipe.on('error', () => {})
  return {
    async read(ask, limit) {
      text = ''
      ask()
      for (let length = 0; length === 0 || text.length > length;) {
        length = text.length
        await sleep(quietMs, undefined, { signal: limit }).catch(() => {
          if (text === '') throw new Error('it did not write its stack')
        })
        if (limit.aborted) break
      }
      return readStack(text)
    },
  }
}
