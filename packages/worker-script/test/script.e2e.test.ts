import { describeReport, startLoad } from '@nunicorn/torture'
import { describe, expect, it } from 'vitest'

import { type Nunicorn, startNunicorn } from './nunicorn.ts'

/** From here `-k script` finds this package, as built. */
const directory = `${import.meta.dirname}/fixtures`

function start(app: string, ...args: readonly string[]): Nunicorn {
  return startNunicorn(directory, ['-k', 'script', app, ...args])
}

describe('a program that calls listen()', () => {
  it('loses nothing when it is reloaded, when its workers get SIGTERM, and when it stops', async () => {
    await using nunicorn = start('server.cjs', '-w', '2')
    const target = { host: '127.0.0.1', port: await nunicorn.port() }
    await using load = startLoad({
      target,
      clients: [
        { kind: 'connection-per-request', concurrency: 8 },
        { kind: 'keep-alive', concurrency: 8, thinkMs: [1, 5, 50, 300] },
      ],
    })
    nunicorn.process.kill('SIGHUP')
    await nunicorn.line(/Reloaded: all workers are of generation 2/)
    const pids = nunicorn.lines.flatMap((line) => /\(pid (\d+)\) is ready/.exec(line)?.[1] ?? [])
    for (const pid of pids.slice(-2)) process.kill(Number(pid), 'SIGTERM')
    await nunicorn.line(/\(pid \d+\) retires \(somebody sent it SIGTERM\)/)
    const goal = load.progress.ok + 500
    await load.until(({ ok }) => ok >= goal)
    const report = await load.stop()
    expect(report.failed, describeReport(report)).toBe(0)
    nunicorn.process.kill('SIGTERM')
    expect(await nunicorn.exited).toBe(0)
  })
})

it('a program finds what follows -- in process.argv', async () => {
  const own = ['db.json', '--greeting', 'hello there']
  await using nunicorn = start('arguments.mjs', '-w', '1', '--', ...own)
  const answer = await fetch(`http://127.0.0.1:${await nunicorn.port()}/`)
  expect(await answer.json()).toEqual({
    values: { greeting: 'hello there' },
    positionals: ['db.json'],
  })
})

describe('a program that cannot be served', () => {
  it.each([
    ['that dies before it listens', 'dies.mjs', /dies\.mjs failed[^]*Error: no database/, 3],
    ['in TypeScript that must be compiled', 'enum.ts', /TypeScript enum is not supported/, 3],
    ['with an export', 'server.cjs:server', /runs whole programs.*the path alone, server\.cjs/, 4],
    ['that is not there', 'nothing.js', /nothing\.js does not exist/, 4],
  ])('%s ends the command, which says why', async (_what, app, text, code) => {
    await using nunicorn = start(app, '-w', '1')
    expect(await nunicorn.exited).toBe(code)
    expect(nunicorn.lines.join('\n')).toMatch(text)
  })

  it('because it never listens exceeds boot-timeout, and the log says what was missed', async () => {
    await using nunicorn = start('exports-an-app.mjs', '-w', '1', '--boot-timeout', '6s')
    await nunicorn.line(
      /exports-an-app\.mjs has been running for 5 s and has not called listen\(\)/,
    )
    expect(await nunicorn.exited).toBe(3)
    expect(nunicorn.lines.join('\n')).toMatch(/it was not ready within boot-timeout/)
  })
})
