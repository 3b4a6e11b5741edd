export { NunicornError, reportError, type ErrorDetails, type ErrorReport } from './errors.ts'
export { ExitCode } from './exit-codes.ts'
export type {
  ArbiterMessage,
  BootOrder,
  BootStage,
  RetireReason,
  WorkerMessage,
} from './messages.ts'
export type {
  ContractVersion,
  CutWork,
  DrainReport,
  ListenAddress,
  Logger,
  RunningWorker,
  WorkerClass,
  WorkerContext,
  WorkerSettings,
  WorkerStats,
} from './worker-class.ts'
