export type { AccessEntry, AccessLog, AccessLogOrder, NewRequest } from './access-log.ts'
export {
  isNunicornError,
  NunicornError,
  reportError,
  shortened,
  type ErrorDetails,
  type ErrorReport,
} from './errors.ts'
export { ExitCode } from './exit-codes.ts'
export type {
  ArbiterMessage,
  BootOrder,
  BootStage,
  Question,
  RetireReason,
  WorkerMessage,
} from './messages.ts'
export type {
  Program,
  ProgramClass,
  ProgramOrder,
  ProgramSettings,
  Readiness,
} from './program-class.ts'
export {
  addAnswers,
  addDurations,
  addStatuses,
  type AnswerCounts,
  durationBounds,
  type Durations,
  noAnswers,
  noDurations,
  type StatusCounts,
} from './request-stats.ts'
export type {
  Backlog,
  EventRecord,
  FleetState,
  FleetStatus,
  OpenRequest,
  ProcessSample,
  ReloadOutcome,
  ReloadStage,
  Totals,
  WorkerSample,
  WorkerStatus,
} from './status.ts'
export type {
  ContractVersion,
  CutWork,
  DrainReport,
  ListenAddress,
  LogFields,
  LeveledLogger,
  Logger,
  LogLevel,
  RunningWorker,
  WorkerClass,
  WorkerContext,
  WorkerSettings,
  WorkerStats,
} from './worker-class.ts'
