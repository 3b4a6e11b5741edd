import { resolve } from 'node:path'

import { defineConfig } from 'vitest/config'

import manifest from './package.json' with { type: 'json' }

const conditions = ['@nunicorn/source', 'node']
const root = resolve(import.meta.dirname, '../..')
const names = Object.keys(manifest.dependencies)
const classes = ['fetch', 'hono', 'koa', 'nest']

/**
 * Runs the tests of the worker classes once more, with the lowest versions of their frameworks that their peer ranges allow;
 * those of express and fastify see theirs by an alias of the package manager. A framework's packages look for each other,
 * so the lowest ones have a folder of their own, this one.
 */
export default defineConfig({
  root,
  resolve: { conditions },
  plugins: [
    {
      name: 'lowest-peers',
      enforce: 'pre',
      resolveId(source, _importer, options) {
        const isPeer = names.some((name) => source === name || source.startsWith(`${name}/`))
        return isPeer
          ? this.resolve(source, import.meta.filename, { ...options, skipSelf: true })
          : null
      },
    },
  ],
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: classes.map((name) => `packages/worker-${name}/test/*.test.ts`),
    exclude: ['**/*.e2e.test.ts', '**/node_modules/**'],
    retry: 0,
    reporters: process.env['CI']
      ? [
          'default',
          [
            'json',
            { outputFile: resolve(import.meta.dirname, 'node_modules/.vitest/report.json') },
          ],
        ]
      : ['default'],
  },
})
