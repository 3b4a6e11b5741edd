import type { WorkerClass } from '@nunicorn/contract'

import { createLineServer } from './line-server.ts'

/** What an app is to this class: it turns a line into the line to be sent back. */
export type Answer = (line: string) => string | Promise<string>

/** `-k ./src/line-class.ts`: lines of text over TCP, and no HTTP anywhere. */
const lineClass: WorkerClass<Answer> = {
  contract: 1,
  name: 'line',
  takes: 'a function from a line to a line',
  accepts: (app): app is Answer => typeof app === 'function',
  async start(app, context) {
    const server = createLineServer(app, context.log)
    context.serve(server.onConnection)
    return server
  },
}

export default lineClass
