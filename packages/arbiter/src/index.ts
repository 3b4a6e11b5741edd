export { createArbiter, type Arbiter, type ArbiterOptions, type ArbiterPorts } from './arbiter.ts'
export { checkApp, type Checkup } from './check-app.ts'
export type { Glimpse, Inspections, WrittenFile } from './inspections.ts'
export type { Orders, Replaced } from './orders.ts'
export type {
  Clock,
  Diagnostician,
  OrphanGuard,
  SpawnOrder,
  SpawnWorker,
  WorkerProcess,
} from './ports.ts'
export type { ArbiterSettings } from './settings.ts'
