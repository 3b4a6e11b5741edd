export { reach, type Whereabouts } from './command/reach.ts'
export { connectControl, type ControlClient } from './client.ts'
export { findInstances, type Instance } from './instances.ts'
export {
  type Configuration,
  type LogLevel,
  type MethodName,
  type MethodParams,
  type MethodResults,
  type Replacement,
  type WorkerStack,
  type WrittenFile,
} from './methods.ts'
export { openRpc } from './open-rpc.ts'
