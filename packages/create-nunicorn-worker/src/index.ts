export { createWorker, type CreateOptions } from './create-worker.ts'
