export type { CommandLineRequest } from './command-line.ts'
export type { ConfigFile } from './config-file.ts'
export { defineConfig } from './define-config.ts'
export { formatDuration, longestDurationMs, parseDuration } from './duration.ts'
export type { Environment } from './environment.ts'
export { helpText } from './help.ts'
export { jsonSchema } from './json-schema.ts'
export type { Json } from './kinds/kind.ts'
export { settingsMarkdown } from './markdown.ts'
export { environmentName, flagName } from './names.ts'
export { formatOrigin, type Origin } from './origin.ts'
export { printConfig } from './print-config.ts'
export { describeProblems, type Problem } from './problem.ts'
export { compareSettings, type Change, type ReloadChanges } from './reload.ts'
export {
  openSettings,
  resolveSettings,
  type Opening,
  type Refused,
  type Resolution,
  type Resolved,
  type Sources,
} from './resolve.ts'
export { formatSize, parseSize } from './size.ts'
export { settingNames, type SettingName } from './table.ts'
export type { NunicornConfig, NunicornSettings, Origins } from './types.ts'
export { environmentText, showSetting } from './written.ts'
