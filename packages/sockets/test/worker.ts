import { type ChildProcess, fork, type SendHandle } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import type { Handle } from '../src/index.ts'

/** The process of fixtures/worker.ts. */
export interface Worker extends AsyncDisposable {
  readonly pid: number
  /** Resolves with the address of its door, or with why there is none. */
  listen(handle: Handle): Promise<{ readonly address?: unknown; readonly failure?: string }>
  close(): Promise<unknown>
  /** Resolves when the event loop stands still. */
  block(): Promise<unknown>
  unblock(): void
  kill(): Promise<unknown>
}

const file = fileURLToPath(new URL('fixtures/worker.ts', import.meta.url))

export const execArgv: readonly string[] = ['--conditions=@nunicorn/source']

export function startWorker(): Worker {
  const child = fork(file, {
    execArgv: [...execArgv],
    stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const order = (type: string, handle?: Handle): ReturnType<Worker['listen']> =>
    ask(child, { type }, handle)
  return {
    pid: child.pid ?? 0,
    listen: (handle) => order('listen', handle),
    close: () => order('close'),
    block: () => order('block'),
    unblock: () => void child.stdin?.write('.'),
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    [Symbol.asyncDispose]() {
      return this.kill() as Promise<void>
    },
  }
}

async function ask(child: ChildProcess, message: object, handle?: Handle): Promise<object> {
  child.send(message, handle as unknown as SendHandle)
  const [answer] = (await once(child, 'message')) as [object]
  return answer
}
