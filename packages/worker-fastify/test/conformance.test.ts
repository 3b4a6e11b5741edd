import { testWorkerClass } from '@nunicorn/testing'
import { describe } from 'vitest'

import { fastifyClass } from '../src/index.ts'
import { routes } from './conformance-app.ts'
import { versions } from './versions.ts'

describe.each(versions)('with Fastify $version', ({ create }) => {
  testWorkerClass(fastifyClass, {
    app: () => {
      const app = create()
      void app.register(routes)
      return app
    },
    brokenApp: () => {
      const app = create()
      app.addHook('onReady', async () => {
        throw new Error('the database is not there')
      })
      return app
    },
  })
})
