export { announce, isHealthy, nothingSaid, type Said, type Scene } from './announce.ts'
export { commandSender } from './command-sender.ts'
export { descriptorSender } from './descriptor-sender.ts'
export {
  type Fleet,
  type Notifier,
  type NotifierClock,
  type NotifierOptions,
  startNotifier,
} from './notifier.ts'
export type { Sender } from './sender.ts'
