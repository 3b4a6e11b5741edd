import { defineConfig } from 'vitest/config'

// Workspace packages resolve to their TypeScript source, so unit tests need no build.
const conditions = ['@nunicorn/source', 'node']

/** `pnpm test` runs the projects one after the other, and CI adds their reports up. */
const script = process.env['npm_lifecycle_event']?.replaceAll(':', '-') ?? 'vitest'

/** One configuration for every package: run from a package's folder it sees that package, from the root all of them. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    exclude: ['**/node_modules/**', '**/dist/**'],
    // A flaky test is a defect until proven otherwise.
    retry: 0,
    reporters: process.env['CI']
      ? ['default', ['json', { outputFile: `node_modules/.vitest/${script}.json` }]]
      : ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', '**/*.e2e.test.ts'],
          // Properties are tried hundreds of times, which takes long where others want the CPU too.
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['**/*.e2e.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', '**/*.timed.e2e.test.ts'],
          // They mostly wait: for processes to start, to time out and to end.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'timed',
          include: ['**/*.timed.e2e.test.ts'],
          // They measure how long clients wait, so nothing else may run beside them.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
