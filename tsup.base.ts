import { defineConfig } from 'tsup'

/**
 * JavaScript only: declarations come from `tsc -b`, into the same `dist`.
 *
 * @param bundled the packages of ours that are compiled into it. For what starts a process only: each package is four
 * files to find and read, a millisecond at every start.
 */
export const javascript = (
  entry: string[],
  bundled: RegExp[] = [],
): ReturnType<typeof defineConfig> =>
  defineConfig({
    entry,
    noExternal: bundled,
    format: 'esm',
    target: 'node22',
    dts: false,
    sourcemap: true,
    clean: true,
    silent: true,
  })
