export type { TopClient } from './client.ts'
export { runTopCommand, type TopInvocation } from './command.ts'
export { runTop, type TopOptions } from './run-top.ts'
