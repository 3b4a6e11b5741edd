import type { Server } from 'node:http'

import type { INestApplication } from '@nestjs/common'
import type { WorkerClass } from '@nunicorn/contract'
import { isPlainFunction, pretendToListen, serveHttp } from '@nunicorn/worker-http'

import { isApplication, type NestApp, toApplication } from './nest-app.ts'

/** Fastify's default. Who has not chosen anything else gets what `--keep-alive` says. */
const fastifysKeepAliveMs = 72_000

/** `-k nest`: an app is a Nest 12 application that does not listen, or the function that makes it. */
export const nestClass: WorkerClass<NestApp> = {
  contract: 1,
  name: 'nest',
  takes: 'a Nest application that does not listen, or the function that makes it',
  // A factory is called without arguments; an Express app is a function too.
  accepts: (app): app is NestApp =>
    isApplication(app) || (isPlainFunction(app) && app.length === 0),
  async start(app, context) {
    const nest = await toApplication(app)
    const server = nest.getHttpServer() as Server
    if (server.keepAliveTimeout === fastifysKeepAliveMs)
      server.keepAliveTimeout = context.settings.keepAliveMs
    // Fastify's default is none: who has chosen another keeps it.
    server.requestTimeout ||= context.settings.bodyTimeoutMs
    const running = serveHttp({ serve: server, close: () => nest.close() }, context)
    // Nest initialises the application there, and the platform does what it does once it listens.
    await pretendToListen({ server, listen: () => nest.listen(0, '127.0.0.1') }, context)
    ignoreSignals(nest)
    return running
  },
}

/**
 * Takes back `enableShutdownHooks()`: upon Ctrl-C, which every process of the group gets, it would close the app before
 * the drain and then end the process. The hooks run without it, once the last answer is out.
 */
function ignoreSignals(nest: INestApplication): void {
  // Nest calls it when it closes; it is protected in its types.
  const { unsubscribeFromProcessSignals } = nest as { unsubscribeFromProcessSignals?: () => void }
  unsubscribeFromProcessSignals?.call(nest)
}
