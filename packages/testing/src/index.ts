export { testWorkerClass, type Capability, type ConformanceOptions } from './test-worker-class.ts'
export { startTestWorker, type TestWorker, type TestWorkerOptions } from './test-worker.ts'
