import { NunicornError } from '@nunicorn/contract'
import type { FastifyInstance } from 'fastify'

import { type FastifyPlugin, toPlugin } from './fastify-plugin.ts'
import { isInstance } from './is-instance.ts'

/**
 * What `-k fastify` runs: an instance; a function without parameters that makes one; or a plugin, which is registered on
 * an instance with Fastify's default options.
 */
export type FastifyApp = FastifyInstance | FastifyFactory | FastifyPlugin

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

async function make(app: Exclude<FastifyApp, FastifyInstance>): Promise<FastifyInstance> {
  if (app.length === 0) return await (app as FastifyFactory)()
  const { fastify } = await import('fastify')
  const instance = fastify()
  void instance.register(toPlugin(app))
  return instance
}
