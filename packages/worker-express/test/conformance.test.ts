import { testWorkerClass } from '@nunicorn/testing'
import { httpClass } from '@nunicorn/worker-http'
import { describe } from 'vitest'

import { expressClass } from '../src/index.ts'
import { createApp, createAppServer } from './conformance-app.ts'
import { majors } from './majors.ts'

describe.each(majors)('$major', ({ express }) => {
  testWorkerClass(expressClass, { app: () => createApp(express), lacks: ['websocket'] })

  // What the README tells those who need WebSockets.
  describe('in an http.Server', () => {
    testWorkerClass(httpClass, { app: () => createAppServer(express) })
  })
})
