import { pathToFileURL } from 'node:url'

import { testWorkerClass } from '@nunicorn/testing'

import { scriptClass } from '../src/index.ts'
import { runText } from './programs.ts'

const fixture = pathToFileURL(`${import.meta.dirname}/fixtures/conformance-server.ts`).href
const program = `
import { createConformanceServer } from ${JSON.stringify(fixture)}

createConformanceServer().listen(3000)
`

testWorkerClass(scriptClass, { app: () => runText(program) })
