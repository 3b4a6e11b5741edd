import type { Server } from 'node:http'

import type { INestApplication } from '@nestjs/common'
import type { WorkerClass, WorkerContext } from '@nunicorn/contract'
import { serveHttp } from '@nunicorn/worker-http'

import { isApplication, type NestApp, toApplication } from './nest-app.ts'

/** Fastify's default. Who has not chosen anything else gets what `--keep-alive` says. */
const fastifysKeepAliveMs = 72_000

/** `-k nest`: an app is a Nest 12 application that does not listen, or the function that makes it. */
export const nestClass: WorkerClass<NestApp> = {
  contract: 1,
  name: 'nest',
  takes: 'a Nest application that does not listen, or the function that makes it',
  accepts: (app): app is NestApp => isApplication(app),
  async start(app, context) {
    const nest = await toApplication(app)
    const server = nest.getHttpServer() as Server
    if (server.keepAliveTimeout === fastifysKeepAliveMs)
      server.keepAliveTimeout = context.settings.keepAliveMs
    // Fastify's default is none: who has chosen another keeps it.
    server.requestTimeout ||= context.settings.bodyTimeoutMs
    const running = serveHttp({ serve: server, close: () => nest.close() }, context)
    await pretendToListen(nest, context)
    ignoreSignals(nest)
    return running
  },
}

/**
 * Calls Nest's listen() over a server whose own has no effect: the application is initialised, and when its server says
 * that it listens, `getUrl()` knows where, and the platform does what it does then. Resolves when Nest waits for that.
 */
async function pretendToListen(nest: INestApplication, context: WorkerContext): Promise<void> {
  const server = nest.getHttpServer() as Server
  const { promise: waiting, resolve, reject } = Promise.withResolvers<void>()
  server.listen = (...args: unknown[]) => {
    const onListening = args.at(-1)
    if (typeof onListening === 'function') server.once('listening', onListening as () => void)
    resolve()
    return server
  }
  // Fastify takes for granted that there is an address; a worker may have to wait for its first.
  server.address = () => context.addresses()[0] ?? ''
  // A host other than localhost, for which Fastify would make more servers.
  nest.listen(0, '127.0.0.1').catch(reject)
  await waiting
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
