import type { ArbiterMessage, WorkerMessage } from '@nunicorn/contract'
import type { Handle } from '@nunicorn/sockets'

/** The worker's end of the IPC channel. */
export interface Channel {
  /** Resolves when the message has left this process, or cannot any more because the arbiter is gone. */
  send(message: WorkerMessage): Promise<void>
  onMessage(listener: (message: ArbiterMessage, handle: Handle | undefined) => void): void
  /** The arbiter is gone, however it went. */
  onClose(listener: () => void): void
}

/** The channel that `child_process` has put into this process. */
export function processChannel(): Channel {
  return {
    send: (message) =>
      new Promise((resolve) => {
        if (!process.connected || process.send === undefined) return resolve()
        // The callback takes the error: a channel that just broke is reported by `disconnect`.
        process.send(message, () => resolve())
      }),
    onMessage: (listener) => void process.on('message', listener as NodeJS.MessageListener),
    onClose: (listener) => void process.on('disconnect', listener),
  }
}
