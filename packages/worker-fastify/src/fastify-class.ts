import { NunicornError, type WorkerClass } from '@nunicorn/contract'
import { isPlainFunction, pretendToListen, serveHttp } from '@nunicorn/worker-http'
import type { FastifyInstance } from 'fastify'

import { type FastifyApp, toInstance } from './fastify-app.ts'
import { isInstance } from './is-instance.ts'

/** Fastify's default. Who has not chosen anything else gets what `--keep-alive` says. */
const fastifysKeepAliveMs = 72_000

/** `-k fastify`: an app is a Fastify 5 instance that does not listen, or a function that makes or fills one. */
export const fastifyClass: WorkerClass<FastifyApp> = {
  contract: 1,
  name: 'fastify',
  takes: 'a Fastify instance that does not listen, a factory of one, or a plugin',
  accepts: (app): app is FastifyApp => isInstance(app) || isPlainFunction(app),
  async start(app, context) {
    const fastify = await toInstance(app)
    await becomeReady(fastify)
    const { server } = fastify
    if (server.keepAliveTimeout === fastifysKeepAliveMs)
      server.keepAliveTimeout = context.settings.keepAliveMs
    // Fastify's default is none: who has chosen another keeps it.
    server.requestTimeout ||= context.settings.bodyTimeoutMs
    const running = serveHttp({ serve: server, close: () => fastify.close() }, context)
    await pretendToListen({ server, listen: () => fastify.listen({ host: '127.0.0.1' }) }, context)
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
