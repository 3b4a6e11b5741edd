import { defineConfig } from 'tsup'

const common = { format: 'esm', dts: false, silent: true } as const

export default defineConfig([
  { ...common, entry: ['src/index.ts'], target: 'node22', sourcemap: true },
  // What a browser loads: one script in which all is contained, and the files of `public` beside it.
  {
    ...common,
    entry: { page: 'browser/main.ts' },
    outDir: 'dist/page',
    publicDir: 'public',
    platform: 'browser',
    target: 'es2022',
    noExternal: [/./],
    minify: true,
    clean: true,
  },
])
