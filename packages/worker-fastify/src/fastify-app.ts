import { NunicornError } from '@nunicorn/contract'
import type { FastifyInstance, FastifyPluginAsync, FastifyPluginCallback } from 'fastify'

/**
 * What `-k fastify` runs: an instance; a function without parameters that makes one; or a plugin, which is registered on
 * an instance with Fastify's default options.
 */
export type FastifyApp =
  | FastifyInstance
  | FastifyFactory
  | FastifyPluginAsync
  | FastifyPluginCallback

type FastifyFactory = () => FastifyInstance | Promise<FastifyInstance>

export async function toInstance(app: FastifyApp): Promise<FastifyInstance> {
  const instance = typeof app === 'function' ? await make(app) : app
  if (isInstance(instance)) return instance
  throw new NunicornError({
    code: 'no-app',
    message: 'The function that was to make a Fastify instance has returned something else.',
    hint: 'Return the instance; or, if the function is a plugin, declare its first parameter.',
  })
}

/** Whether `app` is a Fastify instance, of whichever copy of Fastify. */
export function isInstance(app: unknown): app is FastifyInstance {
  if (typeof app !== 'object' || app === null) return false
  const { routing, ready, inject, register } = app as Partial<FastifyInstance>
  return [routing, ready, inject, register].every((member) => typeof member === 'function')
}

/** Whether fastify-plugin has made `app`: other plugins look like any `(request, response)` listener. */
export function isMarkedPlugin(app: unknown): app is FastifyPluginAsync | FastifyPluginCallback {
  return typeof app === 'function' && Symbol.for('plugin-meta') in app
}

async function make(app: Exclude<FastifyApp, FastifyInstance>): Promise<FastifyInstance> {
  if (app.length === 0) return await (app as FastifyFactory)()
  const { fastify } = await import('fastify')
  const instance = fastify()
  void instance.register(app as FastifyPluginAsync)
  return instance
}
