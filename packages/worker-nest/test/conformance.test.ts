import { testWorkerClass } from '@nunicorn/testing'
import { describe } from 'vitest'

import { nestClass } from '../src/index.ts'
import { ConformanceController, EchoGateway } from './conformance-app.ts'
import { create, platforms } from './platforms.ts'

const module = { controllers: [ConformanceController], providers: [EchoGateway] }

describe.each(platforms)('on $platform', (platform) => {
  testWorkerClass(nestClass, {
    app: () => create(platform, { module }),
    brokenApp: () => create(platform, { module: { providers: [BrokenProvider] } }),
  })
})

class BrokenProvider {
  onModuleInit(): never {
    throw new Error('the database is not there')
  }
}
