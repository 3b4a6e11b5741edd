import type { NunicornConfig } from './types.ts'

/** Gives the editor the types in `nunicorn.config.ts`: `export default defineConfig({ workers: 4 })`. */
export function defineConfig(config: NunicornConfig): NunicornConfig {
  return config
}
