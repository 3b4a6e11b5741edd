export type { Answer } from './answer.ts'
export type { Reader } from './answer-reader.ts'
export type { AnswerHead } from './answer-head.ts'
export type {
  ClientKind,
  ClientSpec,
  ConnectionPerRequestSpec,
  Errand,
  FixedRateSpec,
  HalfHeadSpec,
  KeepAliveSpec,
  OpenLoopSpec,
  PipeliningSpec,
  ServerSentEventsSpec,
  SlowReadSpec,
  UploadSpec,
  WebSocketSpec,
} from './clients.ts'
export {
  type Connection,
  type Ending,
  openConnection,
  type OpenOptions,
  type ReadOptions,
} from './connection.ts'
export { describeReport } from './describe-report.ts'
export { type HeldConnections, heldConnections } from './held-connections.ts'
export { killWithOracle } from './kill-with-oracle.ts'
export type { ConnectionCounts, KindTally, Progress, Tally } from './ledger.ts'
export { type LoadOptions, type LoadRun, startLoad } from './load.ts'
export { type FailedOutcome, type Outcome, RequestError } from './outcome.ts'
export type { Report, Wait } from './report.ts'
export type { LoadRequest } from './request.ts'
export type { Target } from './target.ts'
export type { Failure } from './trip.ts'
export type { WaitWindow } from './wait-log.ts'
