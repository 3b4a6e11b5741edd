import { setTimeout } from 'node:timers/promises'

import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'

/** What the conformance suite asks for, as a plugin. */
export async function routes(app: FastifyInstance): Promise<void> {
  await app.register(websocket)
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))

  app.get('/ok', async () => 'ok')
  app.get<{ Querystring: { ms: string } }>('/slow', async ({ query }) => {
    await setTimeout(Number(query.ms))
    return 'ok'
  })
  app.post('/echo', (request, reply) => reply.send(request.raw))
  app.get<{ Querystring: { status: string } }>('/empty', (request, reply) =>
    reply.code(Number(request.query.status)).send(),
  )
  app.get('/throw', () => {
    throw new Error('thrown on purpose')
  })
  app.get('/ws', { websocket: true }, (socket) => {
    socket.on('message', (message: Buffer) => socket.send(String(message)))
  })
}
