import { defineConfig } from 'tsup'

/** JavaScript only: declarations come from `tsc -b`, into the same `dist`. */
export const javascript = (entry: string[]): ReturnType<typeof defineConfig> =>
  defineConfig({
    entry,
    format: 'esm',
    target: 'node22',
    dts: false,
    sourcemap: true,
    clean: true,
    silent: true,
  })
