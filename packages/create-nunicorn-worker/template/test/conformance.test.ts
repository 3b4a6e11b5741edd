import { testWorkerClass } from '@nunicorn/testing'

import { workerClass } from '../src/index.ts'
import { createApp } from './conformance-app.ts'

// Give the app a WebSocket at /ws and remove `lacks` if your framework has them.
testWorkerClass(workerClass, { app: createApp, lacks: ['websocket'] })
