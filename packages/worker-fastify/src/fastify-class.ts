import { NunicornError, type WorkerClass, type WorkerContext } from '@nunicorn/contract'
import { serveHttp } from '@nunicorn/worker-http'
import type { FastifyInstance } from 'fastify'

import { type FastifyApp, isInstance, isMarkedPlugin, toInstance } from './fastify-app.ts'

/** Fastify's default. Who has not chosen anything else gets what `--keep-alive` says. */
const fastifysKeepAliveMs = 72_000

/** `-k fastify`: an app is a Fastify 5 instance that does not listen, or a function that makes or fills one. */
export const fastifyClass: WorkerClass<FastifyApp> = {
  contract: 1,
  name: 'fastify',
  takes: 'a Fastify instance that does not listen, a factory of one, or a plugin',
  accepts: (app): app is FastifyApp => isInstance(app) || isMarkedPlugin(app),
  async start(app, context) {
    const fastify = await toInstance(app)
    await becomeReady(fastify)
    const { server } = fastify
    if (server.keepAliveTimeout === fastifysKeepAliveMs)
      server.keepAliveTimeout = context.settings.keepAliveMs
    // Fastify's default is none: who has chosen another keeps it.
    server.requestTimeout ||= context.settings.bodyTimeoutMs
    const running = serveHttp({ serve: server, close: () => fastify.close() }, context)
    await pretendToListen(fastify, context)
    return running
  },
}

/** A listen() of the app that nobody awaits reaches the server only while Fastify gets ready. */
async function becomeReady(fastify: FastifyInstance): Promise<void> {
  const { server } = fastify
  let listens = false
  server.listen = () => {
    listens = true
    return server
  }
  await fastify.ready()
  if (!listens && !server.listening) return
  throw new NunicornError({
    code: 'already-listening',
    message: 'The app calls listen() of its Fastify instance.',
    hint: 'Remove the call: nunicorn owns the listening sockets (--bind).',
  })
}

/**
 * Calls Fastify's listen() over a server whose own has no effect: when the server says that it listens, Fastify logs the
 * address and runs the `onListen` hooks, as ever. Resolves as soon as Fastify waits for that.
 */
async function pretendToListen(fastify: FastifyInstance, context: WorkerContext): Promise<void> {
  const { server } = fastify
  const { promise: waiting, resolve, reject } = Promise.withResolvers<void>()
  server.listen = () => {
    resolve()
    return server
  }
  // Fastify takes for granted that there is an address; a worker may have to wait for its first.
  server.address = () => context.addresses()[0] ?? ''
  // A host other than the default, localhost, for which Fastify would make more servers.
  fastify.listen({ host: '127.0.0.1' }).catch(reject)
  await waiting
}
