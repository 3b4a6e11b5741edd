import { describe, expect, it } from 'vitest'
import {
  describeProblems,
  openSettings,
  resolveSettings,
  type NunicornSettings,
} from '../src/index.ts'

function settingsOf(...argv: string[]): NunicornSettings {
  const resolution = resolveSettings({ argv, env: {} })
  if (!resolution.ok) throw new Error(describeProblems(resolution.problems))
  return resolution.settings
}

function problemsOf(...argv: string[]): string[] {
  const resolution = resolveSettings({ argv, env: {} })
  return resolution.ok ? [] : describeProblems(resolution.problems).split('\n')
}

describe('the command line', () => {
  it('is read as the README shows it', () => {
    const argv = 'app.ts -w 4 -b 0.0.0.0:8000 --graceful-timeout 60 -k fastify'.split(' ')
    expect(settingsOf(...argv)).toMatchObject({
      app: 'app.ts',
      workers: 4,
      bind: [{ type: 'tcp', host: '0.0.0.0', port: 8000 }],
      gracefulTimeoutMs: 60_000,
      workerClass: 'fastify',
    })
  })

  it.each([['-w', '4'], ['-w4'], ['-w=4'], ['--workers', '4'], ['--workers=4']])(
    'takes %j %j',
    (...flag) => {
      expect(settingsOf('app.ts', ...flag).workers).toBe(4)
    },
  )

  it('gives the app what follows --, whatever it looks like', () => {
    expect(settingsOf('-w2', 'app.ts', '--', 'db.json', '--workers', '7')).toMatchObject({
      app: 'app.ts',
      workers: 2,
      appArguments: ['db.json', '--workers', '7'],
    })
    expect(settingsOf('app.ts', '--').appArguments).toEqual([])
    // What ends the options is no reason to have no app.
    expect(settingsOf('--', 'app.ts', '-w')).toMatchObject({ app: 'app.ts', appArguments: ['-w'] })
  })

  it('adds up flags that may be repeated, and lets the last of the others count', () => {
    const settings = settingsOf(
      '-b',
      ':1',
      '-b',
      'unix:/run/a.sock',
      '-e',
      'A=1',
      '-e',
      'B=x=y',
      '-w1',
      '-w2',
      'app.ts',
    )
    expect(settings.bind).toEqual([
      { type: 'tcp', host: '0.0.0.0', port: 1 },
      { type: 'unix', path: '/run/a.sock' },
    ])
    expect(settings.env).toEqual({ A: '1', B: 'x=y' })
    expect(settings.workers).toBe(2)
  })

  it('takes a switch with and without a value', () => {
    expect(settingsOf('app.ts', '--check-config').checkConfig).toBe(true)
    expect(settingsOf('app.ts', '--check-config=false').checkConfig).toBe(false)
  })

  it('takes a choice in any case, as Gunicorn does', () => {
    expect(settingsOf('app.ts', '--log-level', 'WARNING').logLevel).toBe('warning')
  })

  it('takes what follows -- as the app', () => {
    expect(settingsOf('--', '-w').app).toBe('-w')
  })

  it('names the flag that was probably meant', () => {
    expect(problemsOf('--worker', '4', 'app.ts')).toEqual([
      "worker (flag --worker): Unknown setting '--worker'. Did you mean --workers?",
    ])
  })

  it('says how a switch is turned off', () => {
    expect(problemsOf('--no-rebalance', 'app.ts')).toEqual([
      "no-rebalance (flag --no-rebalance): Unknown setting '--no-rebalance'. Write --rebalance=false.",
    ])
  })

  it('does not take the next flag for a value', () => {
    expect(problemsOf('app.ts', '--workers', '--bind', ':1')).toEqual([
      'workers (flag --workers): --workers has no value. Write --workers VALUE, or --workers=--bind if that is the value.',
    ])
    expect(settingsOf('app.ts', '--name=--bind').name).toBe('--bind')
  })

  it('says that a last flag has no value', () => {
    expect(problemsOf('app.ts', '-w')).toEqual([
      'workers (flag --workers): -w has no value. Write --workers VALUE.',
    ])
  })

  it('judges a negative number as a value', () => {
    expect(problemsOf('app.ts', '-w', '-1')).toEqual([
      'workers (flag --workers): -1 is not a whole number of at least 1. Give 1 or more, or auto.',
    ])
  })

  it('refuses a second app', () => {
    expect(problemsOf('app.ts', 'other.ts')).toEqual([
      "app (argument APP): 'other.ts' is one argument too many after 'app.ts'. Give one app. What is meant for the app itself follows --, as in 'app.ts -- other.ts'.",
    ])
  })

  it('wants an app', () => {
    expect(problemsOf()).toEqual([
      'app (argument APP): It is missing. Name the file that exports your app: nunicorn app.ts.',
    ])
  })
})

describe('openSettings', () => {
  it.each([
    [['--help'], 'help'],
    [['-h', '--nonsense'], 'help'],
    [['app.ts', '-v'], 'version'],
    [['app.ts', '--workers', 'x'], 'run'],
  ])('sees what %j asks for', (argv, request) => {
    expect(openSettings({ argv, env: {} }).request).toBe(request)
  })

  it('finds the config file and the directory before anything else is right', () => {
    const env = { NUNICORN_CONFIG: 'other.ts', NUNICORN_CHDIR: '/srv' }
    expect(openSettings({ argv: ['-c', 'here.ts', '--nonsense'], env })).toEqual({
      request: 'run',
      config: 'here.ts',
      chdir: '/srv',
    })
    expect(openSettings({ argv: [], env: {} })).toEqual({
      request: 'run',
      config: undefined,
      chdir: undefined,
    })
  })
})
