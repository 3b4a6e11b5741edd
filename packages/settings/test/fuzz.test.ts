import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareSettings,
  describeProblems,
  environmentName,
  flagName,
  formatOrigin,
  printConfig,
  resolveSettings,
  type Resolution,
} from '../src/index.ts'
import type { Limits } from '../src/kinds/kind.ts'
import { nearest } from '../src/nearest.ts'
import { rows, settingNames, type SettingName } from '../src/table.ts'
import { writtenValue } from '../src/written.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 200)
const path = 'nunicorn.config.ts'

/** Values as each source may write them, by the type of a setting. */
const texts = fc.stringMatching(/^[a-z/][a-z0-9./:=]{0,12}$/)
const valuesByType = {
  text: () => texts,
  path: () => texts,
  pathOrOff: () => fc.oneof(texts, fc.constant('false')),
  integer: ({ minimum = 0 }) => fc.integer({ min: minimum, max: 2 ** 31 - 1 }).map(String),
  duration: ({ minimum = 0 }) =>
    fc.oneof(
      fc.integer({ min: Math.ceil(minimum / 1000) || 1, max: 600 }).map(String),
      fc
        .tuple(fc.integer({ min: 1, max: 500 }), fc.constantFrom('ms', 's', 'm', 'h'))
        .map((parts) => parts.join('')),
    ),
  size: () =>
    fc.tuple(fc.nat(1_000), fc.constantFrom('m', 'mb', 'MB')).map((parts) => parts.join('')),
  switch: () => fc.constantFrom('true', 'false'),
  choice: ({ choices = [] }) => fc.constantFrom(...choices),
  addresses: () =>
    fc.oneof(
      fc.nat(65_535).map((port) => `:${port}`),
      texts.map((name) => `unix:/run/${name}`),
    ),
  address: () => fc.nat(65_535).map((port) => `[::1]:${port}`),
  'udp-address': () =>
    fc.oneof(
      fc.constantFrom('localhost', '[::1]'),
      fc.integer({ min: 1, max: 65_535 }).map((port) => `127.0.0.1:${port}`),
    ),
  variables: () =>
    fc.tuple(fc.stringMatching(/^[A-Z_]{1,5}$/), texts).map((pair) => pair.join('=')),
  networks: () => fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('*', '10.0.0.0/8', '::1/128')),
  texts: () => texts,
  header: () => fc.stringMatching(/^[a-z][a-z-]{0,9}$/),
  accessFormat: () => fc.constantFrom('combined', 'json', '%(h)s 100%%', '%({x-a}i)s'),
  syslog: () =>
    fc.constantFrom(
      'udp://localhost:514',
      'tcp://[::1]:601',
      'udp://logs.example',
      'unix:///run/log',
    ),
} satisfies Record<string, (limits: Limits) => fc.Arbitrary<string>>

interface GivenText {
  readonly setting: SettingName
  readonly text: string
  readonly source: 'flag' | 'environment' | 'file'
}

const given: fc.Arbitrary<readonly GivenText[]> = fc.uniqueArray(
  fc
    .constantFrom(
      ...settingNames.filter((name) => rows[name].inFile !== false && !rows[name].positional),
    )
    .chain((setting) =>
      fc.record({
        setting: fc.constant(setting),
        // The one setting that must be more than another.
        text:
          setting === 'maxMemoryHard'
            ? fc.constantFrom('0', '1001mb', '2gb', '1.5TB')
            : valuesByType[rows[setting].type](rows[setting] as Limits),
        source: fc.constantFrom('flag' as const, 'environment' as const, 'file' as const),
      }),
    ),
  { selector: ({ setting, source }) => `${setting} ${source}` },
)

function resolve(
  list: readonly GivenText[],
  form: (flag: string, text: string) => string[],
): Resolution {
  const from = (source: GivenText['source']): readonly GivenText[] =>
    list.filter((one) => one.source === source)
  return resolveSettings({
    argv: ['app.ts', ...from('flag').flatMap(({ setting, text }) => form(flagName(setting), text))],
    env: Object.fromEntries(
      from('environment').map(({ setting, text }) => [environmentName(setting), text]),
    ),
    file: {
      path,
      value: Object.fromEntries(
        from('file').map(({ setting, text }) => [setting, inFile(setting, text)]),
      ),
    },
  })
}

/** A text as a config file would say it. */
function inFile(setting: SettingName, text: string): unknown {
  const { type } = rows[setting]
  if (type === 'variables') return [text]
  if (type === 'switch') return text === 'true'
  if (type === 'pathOrOff' && text === 'false') return false
  return type === 'integer' ? Number(text) : text
}

const forms = fc
  .constantFrom<(flag: string, text: string) => string[]>(
    (flag, text) => [flag, text],
    (flag, text) => [`${flag}=${text}`],
  )
  .map(
    (form) => (flag: string, text: string) =>
      rows[settingNames.find((name) => flagName(name) === flag)!].type === 'switch'
        ? [`${flag}=${text}`]
        : form(flag, text),
  )

describe('whatever is given', () => {
  it('a flag wins over the environment, that over the file, that over the default, for every setting', () => {
    fc.assert(
      fc.property(given, forms, (list, form) => {
        const all = resolve(list, form)
        if (!all.ok) throw new Error(describeProblems(all.problems))
        for (const setting of settingNames) {
          const mine = list.filter((one) => one.setting === setting)
          const winner = ['flag', 'environment', 'file']
            .map((source) => mine.find((one) => one.source === source))
            .find((one) => one !== undefined)
          const alone = resolve(winner === undefined ? [] : [{ ...winner, source: 'file' }], form)
          if (!alone.ok) throw new Error(describeProblems(alone.problems))
          expect(writtenValue(all.settings, setting)).toEqual(writtenValue(alone.settings, setting))
          const origin = formatOrigin(all.origins[setting])
          if (setting !== 'app')
            expect(origin).toMatch(
              winner === undefined ? /^default$/ : new RegExp(`^${winner.source} `),
            )
        }
      }),
      { numRuns },
    )
  })

  it('what --print-config says as JSON can be given back as a config file', () => {
    fc.assert(
      fc.property(given, forms, (list, form) => {
        const first = resolve(list, form)
        if (!first.ok) throw new Error(describeProblems(first.problems))
        const printed = JSON.parse(printConfig(first, 'json')) as Record<string, { value: unknown }>
        const entries = Object.entries(printed).filter(
          ([name, { value }]) => rows[name as SettingName].inFile !== false && value !== null,
        )
        const value = Object.fromEntries(entries.map(([name, { value }]) => [name, value]))
        const second = resolveSettings({ argv: [], env: {}, file: { path, value } })
        if (!second.ok) throw new Error(describeProblems(second.problems))
        expect(second.settings).toEqual(first.settings)
        expect(compareSettings(first.settings, second.settings)).toEqual({
          applied: [],
          restartNeeded: [],
        })
        expect(printConfig(first).split('\n')).toHaveLength(settingNames.length + 1)
      }),
      { numRuns },
    )
  })

  it('is either complete settings, or problems of one line each that name setting, origin and mend', () => {
    const flag = fc.constantFrom(
      ...settingNames.map(flagName),
      '-w',
      '-b',
      '-e',
      '-k',
      '--',
      '-',
      '--wrkers',
    )
    const word = fc.oneof(
      flag,
      fc.tuple(flag, fc.string({ unit: 'binary' })).map((parts) => parts.join('=')),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '4',
        ':80',
        'A=1',
        '-1',
        '9'.repeat(400),
        '1e3',
        '0x10',
        'NaN',
        '\n',
        '\0',
        '\u001b[2J',
      ),
    )
    const item = fc.oneof(
      fc.anything({
        withBigInt: true,
        withNullPrototype: true,
        withSparseArray: true,
        withDate: true,
        withMap: true,
      }),
      fc.string({ unit: 'binary' }).map((text) => Symbol(text)),
      fc.constantFrom(new Error('several\nlines'), class {}, Number.NaN, -0, 1e21),
    )
    const file = fc.dictionary(
      fc.oneof(fc.constantFrom(...settingNames), fc.string({ unit: 'binary' })),
      item,
    )
    const env = fc.dictionary(
      fc.oneof(
        fc.constantFrom(...settingNames.map(environmentName), 'PORT', 'WEB_CONCURRENCY'),
        fc.string().map((name) => `NUNICORN_${name}`),
      ),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(fc.array(word), env, file, (argv, env, value) => {
        const resolution = resolveSettings({ argv, env, file: { path, value } })
        const problems = [...resolution.warnings, ...(resolution.ok ? [] : resolution.problems)]
        if (resolution.ok) {
          expect(Object.keys(resolution.origins)).toEqual(settingNames)
          expect(printConfig(resolution)).not.toBe('')
        } else expect(resolution.problems.length).toBeGreaterThan(0)
        for (const { message, mend, origin } of problems) {
          expect(message).toMatch(/[.?]$/)
          expect(mend).toMatch(/[.?]$/)
          expect(formatOrigin(origin)).not.toBe('default')
        }
        if (problems.length > 0)
          expect(describeProblems(problems).split(/[\n\r\u2028\u2029]/)).toHaveLength(
            problems.length,
          )
      }),
      { numRuns },
    )
  })

  it('nearest finds a name itself however it is written, and with one letter wrong one that is as near', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...settingNames),
        fc.nat(),
        fc.constantFrom('x', '', 'q'),
        (name, at, letter) => {
          expect(nearest(name.toUpperCase(), settingNames)).toBe(name)
          expect(nearest(flagName(name), settingNames)).toBe(name)
          const index = at % name.length
          const typo = name.slice(0, index) + letter + name.slice(index + 1)
          if (name.length > 4) expect(nearest(typo, settingNames)).toBeDefined()
        },
      ),
      { numRuns },
    )
  })
})

describe('a minimal case that fuzzing found', () => {
  const problemsOf = (value: Record<string, unknown>, ...argv: string[]): string => {
    const resolution = resolveSettings({
      argv: ['app.ts', ...argv],
      env: {},
      file: { path, value },
    })
    return resolution.ok ? '' : describeProblems(resolution.problems)
  }

  it.each([
    ['a symbol for a number', { backlog: Symbol('x') }, 'Symbol(x) is not a whole number'],
    [
      'an object without a prototype for a number',
      { backlog: Object.create(null) },
      'is not a whole number',
    ],
    // oxlint-disable-next-line no-sparse-arrays
    ['a list of variables with a hole', { env: [, 'A=1'] }, 'is not a set of variables'],
    [
      'a duration that rounds to 0, which means never',
      { timeout: '0.0000000001' },
      'is not a time',
    ],
    ['an error, on one line', { workers: new Error('a\nb') }, 'is not a whole number'],
  ])('is refused: %s', (_, value, text) => {
    expect(problemsOf(value)).toContain(text)
    expect(problemsOf(value)).not.toContain('\n')
  })

  it('is refused: getters that throw, and proxies that were revoked', () => {
    const fail = (): never => {
      throw new Error('on purpose')
    }
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(
      problemsOf(Object.defineProperty({}, 'bind', { get: fail, enumerable: true })),
    ).toContain('not an object of settings')
    expect(problemsOf({ bind: proxy, env: proxy })).toContain('is not a value that can be read')
    expect(
      problemsOf({
        workers: {
          get [Symbol.toStringTag]() {
            return fail()
          },
        },
      }),
    ).toContain('workers')
  })

  it('names a number as it was written, however large', () => {
    expect(problemsOf({}, '--workers', '9007199254740993')).toContain("'9007199254740993' is not")
  })

  it('shows control characters of a flag as escapes', () => {
    expect(problemsOf({}, '--a\u001b[2J\nb')).toContain('--a\\u001b[2J\\u000ab')
  })

  it('tells one variable from two that look the same when shown', () => {
    const [one, two] = [{ A: '1, B=2' }, { A: '1', B: '2' }].map((env) =>
      resolveSettings({ argv: ['app.ts'], env: {}, file: { path, value: { env } } }),
    )
    if (!one?.ok || !two?.ok) throw new Error('the settings of this test are wrong')
    expect(compareSettings(one.settings, two.settings).applied).toHaveLength(1)
  })
})
