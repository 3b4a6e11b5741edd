import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { createEventLog, type EventLog } from './event-log.ts'

/** What a service manager was told; Node has no such sockets, so that Python listens. */
export interface NotifyReceiver extends AsyncDisposable {
  /** NOTIFY_SOCKET. */
  readonly path: string
  /** The messages, their assignments joined by spaces. */
  readonly messages: EventLog
  /** Who sent each of them. */
  readonly senders: readonly number[]
  /** When each of them came, by performance.now(). */
  readonly times: readonly number[]
}

const program = fileURLToPath(new URL('notify-receiver.py', import.meta.url))

export async function receiveNotifications(path: string): Promise<NotifyReceiver> {
  const child = spawn('python3', [program, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const messages = createEventLog()
  const senders: number[] = []
  const times: number[] = []
  const started = Promise.withResolvers<void>()
  void exited.then(() => started.reject(new Error(`nobody listens at ${path}`)))
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { pid, text } = JSON.parse(line) as { readonly pid?: number; readonly text?: string }
    if (text === undefined || pid === undefined) return started.resolve()
    // The barrier of systemd-notify is a message of its own.
    if (text === 'BARRIER=1') return
    senders.push(pid)
    times.push(performance.now())
    messages.add(text.replaceAll('\n', ' '))
  })
  await started.promise
  return {
    path,
    messages,
    senders,
    times,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
