import { write } from 'node:fs'
import { promisify } from 'node:util'

import type { Sender } from './sender.ts'

const writeTo = promisify(write)

/**
 * Writes to a datagram socket that is connected to the service manager: each write is one message, with the credentials
 * of this process. The write happens on a thread of libuv, because the descriptor may block while the manager is busy.
 */
export function descriptorSender(fd: number): Sender {
  return {
    way: `descriptor ${fd}`,
    async send(message) {
      await writeTo(fd, message.join('\n'))
    },
  }
}
