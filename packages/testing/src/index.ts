export {
  ask,
  type Answer,
  chunksOf,
  type Client,
  createClient,
  type HeldRequest,
  openSocket,
} from './client.ts'
export { testWorkerClass, type Capability, type ConformanceOptions } from './test-worker-class.ts'
export { startTestWorker, type TestWorker, type TestWorkerOptions } from './test-worker.ts'
export { openWebSocket, type WebSocketClient } from './web-socket-client.ts'
export { type Target, urlOf } from './worker-address.ts'
