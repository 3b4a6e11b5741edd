import { testWorkerClass } from '@nunicorn/testing'
import { describe } from 'vitest'

import { fetchClass } from '../src/index.ts'
import { fetch } from './conformance-app.ts'

describe('with an object that has fetch()', () => {
  testWorkerClass(fetchClass, { app: () => ({ fetch }), lacks: ['websocket'] })
})

describe('with a function', () => {
  testWorkerClass(fetchClass, { app: () => fetch, lacks: ['websocket'] })
})
