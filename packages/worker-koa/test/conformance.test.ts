import { testWorkerClass } from '@nunicorn/testing'
import { httpClass } from '@nunicorn/worker-http'
import { describe } from 'vitest'

import { koaClass } from '../src/index.ts'
import { createApp, createAppServer } from './conformance-app.ts'

testWorkerClass(koaClass, { app: createApp, lacks: ['websocket'] })

// What the README tells those who need WebSockets.
describe('in an http.Server', () => {
  testWorkerClass(httpClass, { app: createAppServer })
})
