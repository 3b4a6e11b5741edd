import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareSettings,
  environmentName,
  flagName,
  helpText,
  jsonSchema,
  printConfig,
  resolveSettings,
  settingsMarkdown,
  type Resolved,
} from '../src/index.ts'
import { rows, settingNames } from '../src/table.ts'

function resolved(...argv: string[]): Resolved {
  const resolution = resolveSettings({ argv: ['app.ts', ...argv], env: {} })
  if (!resolution.ok) throw new Error('the command line of this test is wrong')
  return resolution
}

/** What a config file might say; without the NUL that no process can be given and that a schema cannot speak of. */
const texts = fc.string().filter((text) => !text.includes('\0'))

const configs = fc.record(
  {
    workers: fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 2 ** 31 - 1 })),
    timeout: fc.oneof(
      fc.nat().map((ms) => ms / 1000),
      fc.nat(500).map((hours) => `${hours}h`),
    ),
    keepAlive: fc.oneof(
      fc.integer({ min: 1 }).map((ms) => ms / 1000),
      fc.constant('2.5s'),
    ),
    maxMemory: fc.oneof(
      fc.constant(0),
      fc.nat(4_000).map((megabytes) => `${megabytes}mb`),
    ),
    bind: fc.oneof(fc.constant(':1'), fc.constant(['[::1]:80', 'unix:/run/a.sock'])),
    env: fc.oneof(fc.dictionary(fc.stringMatching(/^\w+$/), texts), fc.constant(['A=1', 'B='])),
    logLevel: fc.constantFrom('debug', 'critical'),
    name: texts.filter((text) => text !== ''),
  },
  { requiredKeys: [] },
)

describe('the table', () => {
  it('gives each flag, letter and variable to one setting alone', () => {
    const letters = settingNames.flatMap((name) => rows[name].short ?? [])
    const variables = settingNames.flatMap((name) => [
      environmentName(name),
      ...Object.keys(rows[name].environment ?? {}),
    ])
    for (const names of [settingNames.map(flagName), ['h', 'v', ...letters], variables]) {
      expect(new Set(names).size).toBe(names.length)
    }
  })

  it('keeps the sections together, so that help and documentation have its order', () => {
    const sections = settingNames.map((name) => rows[name].section)
    const changes = sections.filter((section, index) => section !== sections[index - 1])
    expect(new Set(changes).size).toBe(changes.length)
  })
})

describe('helpText', () => {
  it('shows section, flags, value, text, default and variables of a setting', () => {
    expect(helpText(100)).toContain(
      [
        'Worker processes:',
        '  -w, --workers N|auto  The number of worker processes. auto is one per CPU that this process may',
        '                        really use. [default: auto] [env: NUNICORN_WORKERS, WEB_CONCURRENCY]',
      ].join('\n'),
    )
    expect(helpText(100)).toContain('  --balance slots|shared\n                        slots: ')
  })

  it('names every setting', () => {
    for (const name of settingNames) expect(helpText(80)).toContain(flagName(name))
  })

  it('names the other flags that Gunicorn has for a setting', () => {
    expect(helpText(80)).toContain('--error-logfile, --log-file PATH')
  })

  it('keeps to the width, and to its words where the width is too small for them', () => {
    const lines = helpText(72).split('\n')
    expect(lines.filter((line) => line.length > 72)).toEqual([])
    const words = (text: string): string[] => text.split(/\s+/)
    for (const width of [0, 1, 40, 1000])
      expect(words(helpText(width))).toEqual(words(helpText(80)))
  })
})

describe('what is checked in', () => {
  const mend = 'is out of date: run `npx pnpm --filter @nunicorn/settings generate`'

  it('has SETTINGS.md as the table says', async () => {
    const file = await readFile(new URL('../SETTINGS.md', import.meta.url), 'utf8')
    expect(file, `SETTINGS.md ${mend}`).toBe(settingsMarkdown())
  })

  it('has schema.json as the table says', async () => {
    const file: unknown = JSON.parse(
      await readFile(new URL('../schema.json', import.meta.url), 'utf8'),
    )
    expect(file, `schema.json ${mend}`).toEqual(jsonSchema())
  })
})

describe('jsonSchema', () => {
  const isValid = new Ajv({ strict: true, allowUnionTypes: true }).compile(jsonSchema() as object)

  it('takes every config that resolves', () => {
    fc.assert(
      fc.property(configs, (value) => {
        const file = { path: 'nunicorn.config.json', value }
        expect(resolveSettings({ argv: ['app.ts'], env: {}, file }).ok).toBe(true)
        expect(isValid(value)).toBe(true)
      }),
    )
  })

  it.each([
    { worker: 4 },
    { workers: '4' },
    { workers: 0 },
    { config: 'x' },
    { timeout: '1d' },
    { keepAlive: 0 },
    { bind: [] },
    { env: { A: 1 } },
    { balance: 'both' },
    { name: '' },
  ])('refuses %o, as resolving does', (value) => {
    expect(isValid(value)).toBe(false)
    expect(resolveSettings({ argv: ['app.ts'], env: {}, file: { path: 'x', value } }).ok).toBe(
      false,
    )
  })
})

describe('printConfig', () => {
  it('has a line for each setting, with its value and where that comes from', () => {
    const lines = printConfig(resolved('-w', '4', '-t', '90', '-e', 'A=1'))
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/ +=/, ' ='))
    expect(lines).toHaveLength(settingNames.length)
    expect(lines).toContain('workers = 4 (flag --workers)')
    expect(lines).toContain('timeout = 90s (flag --timeout)')
    expect(lines).toContain('env = A=1 (flag --env)')
    expect(lines).toContain('bind = 127.0.0.1:8000 (default)')
    expect(lines).toContain('pid = - (default)')
  })

  it('prints JSON whose values a config file can have', () => {
    fc.assert(
      fc.property(configs, (value) => {
        const first = resolveSettings({ argv: ['app.ts'], env: {}, file: { path: 'x', value } })
        if (!first.ok) return
        const printed = JSON.parse(printConfig(first, 'json')) as Record<string, { value: unknown }>
        const inFile = settingNames.filter(
          (name) => rows[name].inFile !== false && printed[name]?.value !== null,
        )
        const again = Object.fromEntries(inFile.map((name) => [name, printed[name]?.value]))
        const second = resolveSettings({ argv: [], env: {}, file: { path: 'x', value: again } })
        expect(second.ok && second.settings).toEqual(first.settings)
      }),
    )
  })
})

describe('compareSettings', () => {
  it('tells what a reload applies from what needs a restart', () => {
    const changes = compareSettings(
      resolved().settings,
      resolved('-w4', '-p', 'pid', '-t', '0.5m').settings,
    )
    expect(changes).toEqual({
      applied: [{ setting: 'workers', before: 'auto', after: '4' }],
      restartNeeded: [{ setting: 'pid', before: '', after: 'pid' }],
    })
  })
})
