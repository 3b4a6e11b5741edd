import { NunicornError } from '@nunicorn/contract'
import type { FastifyPluginAsync, FastifyPluginCallback } from 'fastify'

import { isInstance } from './is-instance.ts'

export type FastifyPlugin = FastifyPluginAsync | FastifyPluginCallback

/**
 * Any function with parameters may be a plugin, or something else that would fail as one, or serve nothing: a factory that
 * takes options, a `(request, response)` listener. So that its author learns how it was taken, it is registered within
 * another; but not if fastify-plugin has marked it, which leaves no doubt and changes how it is registered.
 */
export function toPlugin(app: FastifyPlugin): FastifyPlugin {
  if (Symbol.for('plugin-meta') in app) return app
  // oxlint-disable-next-line typescript/no-misused-promises -- with a third parameter it is no asynchronous one
  return app.length > 2 ? withCallback(app) : asynchronous(app as FastifyPluginAsync)
}

function withCallback(app: FastifyPluginCallback): FastifyPluginCallback {
  return (instance, options, done) => {
    const fail = (error?: Error): void => done(error && failedAsPlugin(error))
    try {
      app(instance, options, fail)
    } catch (error) {
      fail(error as Error)
    }
  }
}

function asynchronous(app: FastifyPluginAsync): FastifyPluginAsync {
  return async (instance, options) => {
    let made: unknown
    try {
      made = await app(instance, options)
    } catch (error) {
      throw failedAsPlugin(error)
    }
    // A scope that is returned comes out of the await as the instance that it is in.
    if (isInstance(made) && made.server !== instance.server) throw madeAnother()
  }
}

function failedAsPlugin(cause: unknown): NunicornError {
  return new NunicornError({
    code: 'app-threw',
    message:
      'The app is a function with parameters: it was taken for a Fastify plugin, and failed.',
    hint: 'A listener is for -k http; a function that makes the instance has no parameters.',
    cause,
  })
}

function madeAnother(): NunicornError {
  return new NunicornError({
    code: 'no-app',
    message:
      'The app is a function with parameters: it was taken for a Fastify plugin, but it has made an instance of its own.',
    hint: 'Make its parameters optional, (options = {}) => ..., or call it by its name: app.ts:build().',
  })
}
