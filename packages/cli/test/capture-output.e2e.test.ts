import { describe, expect, it } from 'vitest'

import { read, startLogged } from './support/logged.ts'
import { until } from './support/until.ts'

describe('with --capture-output', () => {
  it('what a worker prints is in the log line by line, with its number and the stream', async () => {
    await using scene = await startLogged({ args: ['--capture-output'] })
    const [worker] = scene.nunicorn.workers()
    await scene.get('/print')
    const out = await scene.line(({ msg }) => msg === 'printed by log')
    const error = await scene.line(({ msg }) => msg === 'printed by error')
    const who = { pid: worker, worker: { number: 1, pid: worker, generation: 1 } }
    expect(out).toMatchObject({ level: 'info', stream: 'stdout', ...who })
    expect(error).toMatchObject({ level: 'error', stream: 'stderr', ...who })
    expect(scene.nunicorn.log.lines).toEqual([])
  })

  it('the last words of a worker stand before the news of its end, with a line break or without', async () => {
    await using scene = await startLogged({ args: ['--capture-output'] })
    await scene.get('/half')
    await scene.get('/crash').catch(() => {})
    const ended = await scene.line(({ event }) => event === 'worker-ended')
    const lines = scene.lines()
    const before = lines.slice(
      0,
      lines.indexOf(lines.find(({ time, msg }) => time === ended.time && msg === ended.msg)!),
    )
    const said = before.filter(({ stream }) => stream !== undefined).map(({ msg }) => msg)
    expect(said).toContain('no line break')
    expect(said).toContain('Error: thrown on purpose')
  })

  it('the last words before a stop are not lost', async () => {
    await using scene = await startLogged({ args: ['--capture-output'] })
    await scene.get('/half')
    scene.nunicorn.signal('SIGTERM')
    expect(await scene.nunicorn.exited).toBe(0)
    expect(scene.lines().filter(({ msg }) => msg === 'no line break')).toHaveLength(1)
  })
})

it('without it what a worker prints is left alone', async () => {
  await using scene = await startLogged()
  await scene.get('/print')
  await until(() => scene.nunicorn.log.lines.length > 0)
  expect(scene.nunicorn.log.lines).toEqual(['printed by error'])
  expect(read(scene.project.path('logs/error.log'))).not.toContain('printed by')
})
