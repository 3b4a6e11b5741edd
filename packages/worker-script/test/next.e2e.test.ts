import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { describeReport, startLoad } from '@nunicorn/torture'
import { expect, it } from 'vitest'

import { startNunicorn } from './nunicorn.ts'

const run = promisify(execFile)
/** npm install and `next build` on a slow machine. */
const buildTimeoutMs = 600_000

const sources: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    private: true,
    dependencies: { next: '^16', react: '^19', 'react-dom': '^19' },
  }),
  'next.config.mjs': `export default { output: 'standalone' }`,
  'app/layout.js': `export default ({ children }) => <html><body>{children}</body></html>`,
  'app/page.js': `export default () => <h1>hello from Next</h1>`,
  'app/time/route.js': `
    export const dynamic = 'force-dynamic'
    export const GET = () => Response.json({ now: Date.now() })
  `,
}

// It installs and builds Next.js, so it belongs to the long test run.
it.skipIf(!process.env['NUNICORN_LONG_TESTS'])(
  'the standalone output of Next.js is served, and loses nothing when it is reloaded',
  { timeout: buildTimeoutMs },
  async () => {
    await using site = await buildSite()
    const workerClass = join(import.meta.dirname, '../dist/index.js')
    const args = ['-k', workerClass, '-w', '2', 'server.js']
    await using nunicorn = startNunicorn(join(site.path, '.next/standalone'), args)
    const port = await nunicorn.port()
    const page = await fetch(`http://127.0.0.1:${port}/`)
    expect(await page.text()).toContain('hello from Next')

    await using load = startLoad({
      target: { host: '127.0.0.1', port },
      request: { path: '/time' },
      clients: [
        { kind: 'connection-per-request', concurrency: 4 },
        { kind: 'keep-alive', concurrency: 4, thinkMs: [1, 5, 50, 300] },
      ],
    })
    nunicorn.process.kill('SIGHUP')
    await nunicorn.line(/Reloaded: all workers are of generation 2/)
    const report = await load.stop()
    expect(report.failed, describeReport(report)).toBe(0)
    nunicorn.process.kill('SIGTERM')
    expect(await nunicorn.exited).toBe(0)
  },
)

async function buildSite(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'nunicorn-next-'))
  const site = { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
  try {
    for (const [name, text] of Object.entries(sources)) {
      await mkdir(dirname(join(path, name)), { recursive: true })
      await writeFile(join(path, name), text)
    }
    await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: path })
    const next = join(path, 'node_modules/next/dist/bin/next')
    const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' } as const
    await run(process.execPath, [next, 'build'], { cwd: path, env })
    await readFile(join(path, '.next/standalone/server.js'))
    return site
  } catch (error) {
    await site[Symbol.asyncDispose]()
    throw error
  }
}
