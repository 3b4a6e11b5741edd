import { once } from 'node:events'

import { testWorkerClass } from '@nunicorn/testing'
import { afterAll, beforeAll, describe } from 'vitest'

import { httpClass } from '../src/index.ts'
import { listener, server } from './conformance-app.ts'

describe('with a listener', () => {
  testWorkerClass(httpClass, { app: () => listener, lacks: ['websocket'] })
})

describe('with an http.Server', () => {
  const listening = server()
  beforeAll(() => once(listening.listen(0, '127.0.0.1'), 'listening'))
  afterAll(() => void listening.close())

  testWorkerClass(httpClass, { app: server, brokenApp: () => listening })
})
