export { assign, type Assignable } from './assign.ts'
export { backOffMs, stableAfterMs } from './budget.ts'
export {
  causeOf,
  type Cause,
  type CpuSupply,
  type Crash,
  type Diagnosis,
  type Exit,
  type FatalReport,
  type StackFrame,
} from './cause.ts'
export type { Effect, Event, Report } from './events.ts'
export { assertNever } from './assert-never.ts'
export { isCanary } from './reload.ts'
export { initialState, isLive, type Reload, type Rules, type State, type Worker } from './state.ts'
export { step, type Step } from './step.ts'
