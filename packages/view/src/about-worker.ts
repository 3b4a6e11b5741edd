import type { EventRecord } from '@nunicorn/contract'

/** What an event says, on one line and without the name of its worker: for where that is said already. */
export function aboutWorker({ message, worker }: EventRecord): string {
  const [line = ''] = message.split('\n')
  const name = worker && `Worker ${worker.number} (pid ${worker.pid}) `
  return name && line.startsWith(name) ? line.slice(name.length) : line
}
