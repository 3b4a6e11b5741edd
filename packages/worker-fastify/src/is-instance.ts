import type { FastifyInstance } from 'fastify'

/** Whether `app` is a Fastify instance, of whichever copy of Fastify. */
export function isInstance(app: unknown): app is FastifyInstance {
  if (typeof app !== 'object' || app === null) return false
  const { routing, ready, inject, register } = app as Partial<FastifyInstance>
  return [routing, ready, inject, register].every((member) => typeof member === 'function')
}
