import type { RequestListener } from 'node:http'

import type { WorkerClass } from '@nunicorn/contract'
import { serveHttp } from '@nunicorn/worker-http'

/** What your framework calls an app. This one makes a (request, response) listener, as many do. */
export interface App {
  callback(): RequestListener
}

/** `nunicorn -k {{name}} app.ts` */
export const workerClass: WorkerClass<App> = {
  contract: 1,
  name: '{{name}}',
  takes: 'an object with callback()',
  accepts: (app): app is App =>
    typeof app === 'object' &&
    app !== null &&
    'callback' in app &&
    typeof app.callback === 'function',
  start: async (app, context) => serveHttp({ serve: app.callback() }, context),
}

export default workerClass
