export { guardOutput, type GuardOptions, type OutputGuard } from './guard-output.ts'
export {
  createLogger,
  logLevels,
  type LeveledLogger,
  type LoggerOptions,
  type LogLevel,
} from './logger.ts'
