import { defineConfig } from 'tsup'

import { javascript } from '../../tsup.base.ts'

/** What a browser loads: one script in which all is contained, and the files of `public` beside it. */
const page = defineConfig({
  entry: { page: 'browser/main.ts' },
  outDir: 'dist/page',
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  noExternal: [/./],
  publicDir: 'public',
  minify: true,
  dts: false,
  silent: true,
})

export default [javascript(['src/index.ts']), page].flat()
