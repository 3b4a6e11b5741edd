export type { LogCounts } from './lines.ts'
export { startStatsd, type StatsdOptions, type StatsdSource } from './statsd.ts'
