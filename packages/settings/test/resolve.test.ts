import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeProblems, formatOrigin, resolveSettings, type Sources } from '../src/index.ts'
import { settingNames } from '../src/table.ts'

const path = 'nunicorn.config.ts'

function resolve(sources: Partial<Sources>, file?: unknown) {
  const argv = ['app.ts', ...(sources.argv ?? [])]
  return resolveSettings({
    env: {},
    ...sources,
    argv,
    ...(file === undefined ? {} : { file: { path, value: file } }),
  })
}

function settingsOf(sources: Partial<Sources>, file?: unknown) {
  const resolution = resolve(sources, file)
  if (!resolution.ok) throw new Error(describeProblems(resolution.problems))
  return resolution.settings
}

function problemsOf(sources: Partial<Sources>, file?: unknown): string[] {
  const resolution = resolve(sources, file)
  return resolution.ok ? [] : describeProblems(resolution.problems).split('\n')
}

function warningsOf(env: Sources['env']): string {
  return describeProblems(resolve({ env }).warnings)
}

describe('resolveSettings', () => {
  it('has the documented defaults', () => {
    expect(settingsOf({})).toEqual({
      app: 'app.ts',
      appArguments: [],
      config: undefined,
      bind: [{ type: 'tcp', host: '127.0.0.1', port: 8000 }],
      backlog: 2048,
      balance: 'slots',
      rebalance: true,
      workers: 'auto',
      workerClass: 'auto',
      timeoutMs: 30_000,
      gracefulTimeoutMs: 30_000,
      drainDelayMs: 0,
      bootTimeoutMs: 60_000,
      keepAliveMs: 5000,
      headerTimeoutMs: 60_000,
      bodyTimeoutMs: 300_000,
      writeTimeoutMs: 60_000,
      requestTimeoutMs: 0,
      workerConnections: 0,
      maxRequests: 0,
      maxRequestsJitter: 0,
      maxMemoryBytes: 0,
      maxMemoryHardBytes: 0,
      soakMs: 2500,
      checkConfig: false,
      printConfig: false,
      chdir: undefined,
      env: {},
      pid: undefined,
      logLevel: 'info',
      accessLogfile: undefined,
      accessLogformat: 'combined',
      requestIdHeader: 'X-Request-ID',
      forwardedAllowIps: ['127.0.0.1', '::1'],
      logFormat: 'auto',
      errorLogfile: '-',
      captureOutput: false,
      logSyslog: false,
      logSyslogTo: { transport: 'udp', host: 'localhost', port: 514 },
      logSyslogPrefix: undefined,
      logSyslogFacility: 'user',
      reportDir: undefined,
      name: undefined,
      controlSocket: undefined,
      admin: undefined,
      statsdHost: undefined,
      statsdPrefix: undefined,
      dogstatsdTags: undefined,
      enableBacklogMetric: false,
    })
  })

  it('lets flags win over the environment, that over the file, that over the default', () => {
    const numbers = fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined })
    fc.assert(
      fc.property(numbers, numbers, numbers, numbers, (flag, own, shared, inFile) => {
        const argv = ['app.ts', ...(flag === undefined ? [] : ['--workers', String(flag)])]
        const env = { NUNICORN_WORKERS: own?.toString(), WEB_CONCURRENCY: shared?.toString() }
        const resolution = resolveSettings({
          argv,
          env,
          file: { path, value: { workers: inFile } },
        })
        if (!resolution.ok) throw new Error(describeProblems(resolution.problems))
        expect(resolution.settings.workers).toBe(flag ?? own ?? shared ?? inFile ?? 'auto')
        const candidates = [
          [flag, 'flag --workers'],
          [own, 'environment NUNICORN_WORKERS'],
          [shared, 'environment WEB_CONCURRENCY'],
          [inFile, `file ${path}`],
        ] as const
        const origin = candidates.find(([value]) => value !== undefined)?.[1] ?? 'default'
        expect(formatOrigin(resolution.origins.workers)).toBe(origin)
      }),
    )
  })

  it('gives every setting an origin', () => {
    const resolution = resolve({})
    expect(Object.keys(resolution.ok ? resolution.origins : {})).toEqual(settingNames)
  })

  it('never throws, whatever the command line', () => {
    const words = fc.constantFrom(
      '--workers',
      '-w',
      '-b',
      '--',
      '-',
      '--check-config',
      '--__proto__',
      '--=',
      '-wb',
      '=',
    )
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            words,
            fc.string(),
            fc.string().map((text) => `--${text}`),
          ),
        ),
        (argv) => {
          const resolution = resolveSettings({ argv, env: {} })
          if (!resolution.ok) expect(describeProblems(resolution.problems)).not.toBe('')
        },
      ),
    )
  })

  it('never throws, whatever the environment and the file', () => {
    const names = fc.constantFrom(...settingNames)
    const values = fc.oneof(
      fc.anything(),
      fc.dictionary(fc.oneof(names, fc.string()), fc.anything()),
    )
    const variables = names.map((name) => `NUNICORN_${name.toUpperCase()}`)
    fc.assert(
      fc.property(
        values,
        fc.dictionary(fc.oneof(variables, fc.constantFrom('PORT', 'NUNICORN_BIND')), fc.string()),
        (value, env) => {
          const resolution = resolveSettings({ argv: ['app.ts'], env, file: { path, value } })
          if (!resolution.ok) expect(describeProblems(resolution.problems)).not.toBe('')
        },
      ),
    )
  })

  it('reports all problems at once, each with its value, origin and mend', () => {
    const env = { NUNICORN_TIMEOUT: 'soon', PORT: 'http' }
    expect(
      problemsOf({ argv: ['--wrkers', '3', '-t1'], env }, { backlog: '12', logLevel: 'warn' }),
    ).toEqual([
      "wrkers (flag --wrkers): Unknown setting '--wrkers'. Did you mean --workers?",
      expect.stringMatching(/^bind \(environment PORT\): .*0\.0\.0\.0:http/),
      `backlog (file ${path}): '12' is not a whole number of at least 1. Give 1 or more.`,
      "timeout (environment NUNICORN_TIMEOUT): 'soon' is not a time. Give seconds (30) or a number with its unit (500ms, 2m, 1h), at most 24 days.",
      `logLevel (file ${path}): 'warn' is not one of debug, info, warning, error, critical. Did you mean warning?`,
    ])
  })
})

describe('a value that is overridden', () => {
  it('is still checked where it was written for nunicorn', () => {
    expect(
      problemsOf({ argv: ['-w', '2'], env: { NUNICORN_WORKERS: 'x' } }, { workers: 'y' }),
    ).toHaveLength(2)
  })

  it('is not looked at in a variable that others set too', () => {
    const env = { PORT: 'nonsense', WEB_CONCURRENCY: 'nonsense' }
    expect(problemsOf({ argv: ['-w', '2', '-b', ':1'], env })).toEqual([])
    expect(problemsOf({ env })).toHaveLength(2)
  })
})

describe('the environment', () => {
  it('binds every interface to $PORT', () => {
    expect(settingsOf({ env: { PORT: '3000' } }).bind).toEqual([
      { type: 'tcp', host: '0.0.0.0', port: 3000 },
    ])
    expect(problemsOf({ env: { PORT: '$&' } })[0]).toContain('0.0.0.0:$&')
  })

  it('has a variable for every setting, with commas or line breaks between items', () => {
    const env = {
      NUNICORN_BIND: ':1,unix:/run/a.sock',
      NUNICORN_ENV: 'A=1,2\nB=3',
      NUNICORN_GRACEFUL_TIMEOUT: '2m',
      NUNICORN_PRINT_CONFIG: 'true',
    }
    const settings = settingsOf({ env })
    expect(settings.bind).toHaveLength(2)
    expect(settings).toMatchObject({
      env: { A: '1,2', B: '3' },
      gracefulTimeoutMs: 120_000,
      printConfig: true,
    })
  })

  it('counts an empty variable as not set', () => {
    expect(
      settingsOf({ env: { PORT: '', NUNICORN_WORKERS: '', WEB_CONCURRENCY: '3' } }).workers,
    ).toBe(3)
  })

  it('warns of a variable that looks like a setting', () => {
    expect(warningsOf({ NUNICORN_WORKER: '3' })).toBe(
      "NUNICORN_WORKER (environment NUNICORN_WORKER): Unknown setting 'NUNICORN_WORKER'. It is ignored; did you mean NUNICORN_WORKERS?",
    )
    expect(warningsOf({ NUNICORN_PORT: '3000' })).toContain('NUNICORN_PORT')
  })

  it('knows the variables that Kubernetes sets for a service called nunicorn', () => {
    const env = {
      NUNICORN_SERVICE_HOST: '10.0.0.1',
      NUNICORN_SERVICE_PORT: '80',
      NUNICORN_SERVICE_PORT_HTTP: '80',
      NUNICORN_PORT: 'tcp://10.0.0.1:80',
      NUNICORN_PORT_80_TCP: 'tcp://10.0.0.1:80',
      NUNICORN_PORT_80_TCP_PROTO: 'tcp',
      NUNICORN_PORT_80_TCP_ADDR: '10.0.0.1',
    }
    expect(warningsOf(env)).toBe('')
  })
})

describe('the config file', () => {
  it('takes durations as seconds and as texts, one address or several, variables as a record or as texts', () => {
    const file = {
      timeout: 1.5,
      soak: '100ms',
      bind: 'unix:/run/a.sock',
      env: ['A=1'],
      workers: 'auto',
    }
    expect(settingsOf({}, file)).toMatchObject({
      timeoutMs: 1500,
      soakMs: 100,
      bind: [{ type: 'unix', path: '/run/a.sock' }],
      env: { A: '1' },
      workers: 'auto',
    })
    expect(settingsOf({}, { env: { B: 'x', __proto__: null } }).env).toEqual({ B: 'x' })
  })

  it('takes one address for admin, and for StatsD one to send to', () => {
    const addresses = { admin: 'unix:/run/admin.sock', statsdHost: '[::1]:9125' }
    expect(settingsOf({}, addresses)).toMatchObject({
      admin: { type: 'unix', path: '/run/admin.sock' },
      statsdHost: { host: '::1', port: 9125 },
    })
    expect(settingsOf({ argv: ['--statsd-host', '[::1]'] }).statsdHost).toEqual({
      host: '::1',
      port: 8125,
    })
    expect(settingsOf({ env: { NUNICORN_STATSD_HOST: 'statsd' } }).statsdHost).toEqual({
      host: 'statsd',
      port: 8125,
    })
    expect(problemsOf({ argv: ['--statsd-host', 'unix:/run/dsd.sock'] })).toEqual([
      expect.stringContaining('Node has no Unix datagram sockets'),
    ])
  })

  it('may name the app', () => {
    const resolution = resolveSettings({
      argv: [],
      env: {},
      file: { path, value: { app: 'server.ts' } },
    })
    expect(resolution.ok && resolution.settings.app).toBe('server.ts')
  })

  it('passes over $schema and over what is undefined', () => {
    expect(settingsOf({}, { $schema: './schema.json', workers: undefined }).workers).toBe('auto')
  })

  it.each([
    ['worker', 'workers'],
    ['worker_class', 'workerClass'],
    ['timeoutMs', 'timeout'],
    ['grace', 'gracefulTimeout'],
    ['wsgi_app', 'app'],
    ['raw_env', 'env'],
    ['proc_name', 'name'],
    ['pidfile', 'pid'],
  ])('asks whether %s is meant to be %s', (key, meant) => {
    expect(problemsOf({}, { [key]: 1 })).toEqual([
      `${key} (file ${path}): Unknown setting '${key}'. Did you mean '${meant}'?`,
    ])
  })

  it.each(['xyzzy', '__proto__', 'constructor', 'toString', ''])(
    'does not guess what %j is meant to be',
    (key) => {
      const file: unknown = JSON.parse(`{${JSON.stringify(key)}: 1}`)
      expect(problemsOf({}, file)).toEqual([
        `${key} (file ${path}): Unknown setting '${key}'. nunicorn --help lists the settings.`,
      ])
    },
  )

  it('cannot name another config file', () => {
    expect(problemsOf({}, { config: 'other.ts' })).toEqual([
      `config (file ${path}): 'config' has no meaning in a config file. Give --config or the environment variable NUNICORN_CONFIG.`,
    ])
  })

  it.each([null, 4, 'workers: 4', [], new Map(), () => ({})])(
    'is refused where it gives %o',
    (value) => {
      expect(problemsOf({}, value)).toEqual([
        expect.stringMatching(/^config \(file .*not an object of settings/),
      ])
    },
  )

  it.each([
    ['workers', 0],
    ['workers', 1.5],
    ['workers', '4'],
    ['workers', null],
    ['backlog', 2 ** 31],
    ['keepAlive', 0],
    ['timeout', -1],
    ['timeout', true],
    ['bind', []],
    ['bind', [1]],
    ['bind', 'nowhere:port'],
    ['admin', 9090],
    ['admin', '9090'],
    ['admin', ['127.0.0.1:9090']],
    ['statsdHost', 8125],
    ['statsdHost', 'unix:/run/statsd.sock'],
    ['statsdHost', '127.0.0.1:0'],
    ['statsdHost', 'localhost:'],
    ['statsdHost', '[::1'],
    ['env', { A: 1 }],
    ['env', { 'A=B': '1' }],
    ['env', ['A']],
    ['env', ['=1']],
    ['env', new Map()],
    ['name', ''],
    ['pid', 'a\0b'],
    ['balance', 'Slots'],
    ['maxMemory', 512],
    ['maxMemory', '512'],
    ['maxMemory', '512 mb'],
    ['maxMemoryHard', true],
  ])('may not set %s to %o', (key, value) => {
    expect(problemsOf({}, { [key]: value })).toEqual([
      expect.stringContaining(`${key} (file ${path}): `),
    ])
  })
})

describe('memory limits', () => {
  it('are read with their units, and off by 0', () => {
    expect(
      settingsOf({ argv: ['--max-memory', '512mb', '--max-memory-hard=1.5gb'] }),
    ).toMatchObject({ maxMemoryBytes: 512 * 2 ** 20, maxMemoryHardBytes: 1536 * 2 ** 20 })
    expect(settingsOf({ argv: ['--max-memory', '0'] })).toMatchObject({ maxMemoryBytes: 0 })
    expect(settingsOf({}, { maxMemoryHard: '1gb' })).toMatchObject({ maxMemoryHardBytes: 2 ** 30 })
  })

  it('without a unit are told to have one', () => {
    expect(problemsOf({ argv: ['--max-memory', '512'] })).toEqual([
      "maxMemory (flag --max-memory): '512' is not a size of at least 1mb. Give a number with its unit (512mb, 1.5gb), or 0 to turn it off.",
    ])
  })

  it.each(['512mb', '100mb'])('are refused if the hard one, %s, leaves no room', (hard) => {
    expect(problemsOf({ env: { NUNICORN_MAX_MEMORY_HARD: hard } }, { maxMemory: '512mb' })).toEqual(
      [
        `maxMemoryHard (environment NUNICORN_MAX_MEMORY_HARD): ${hard} is not more than --max-memory, 512mb, so every worker would be killed before it could be replaced. Give more than 512mb, and room for what a worker may add in a few seconds.`,
      ],
    )
  })
})

describe('a path that may be off', () => {
  it.each([
    [['--control-socket=false'], false],
    [['--control-socket', 'No'], false],
    [['--control-socket', '/run/a.ctl'], '/run/a.ctl'],
    [[], undefined],
  ])('is, with %j, %j', (argv, expected) => {
    expect(settingsOf({ argv }).controlSocket).toBe(expected)
  })

  it('may be off in a config file too, and nothing else than a path', () => {
    expect(settingsOf({}, { controlSocket: false }).controlSocket).toBe(false)
    expect(problemsOf({}, { controlSocket: true })[0]).toMatch(/true is not a text/)
  })

  it('is turned off in another way than people try', () => {
    expect(problemsOf({ argv: ['--no-control-socket'] })[0]).toMatch(
      /Write --control-socket=false\./,
    )
  })
})
