import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { NunicornError } from '@nunicorn/contract'
import { flagName, settingNames } from '@nunicorn/settings'
import { describe, expect, it } from 'vitest'

import { deploy, provenance, type Target, targets } from '../src/index.ts'
import { settingsOf } from './resolved.ts'

/** Writes what it is told, and refuses `--bad`. */
const echo: Target = {
  name: 'echo',
  summary: 'what it was told',
  options: [
    { name: 'word', placeholder: 'WORD', help: 'A word.' },
    { name: 'found', placeholder: 'X', help: 'Found here.', find: () => 'here' },
  ],
  contradictions: (_, { options }) =>
    ['one', 'two']
      .filter(() => options['word'] === 'bad')
      .map((name) => ({
        setting: name,
        value: '',
        origin: { type: 'flag', name: '--word' },
        message: `${name} is wrong.`,
        mend: 'Mend it.',
      })),
  render: (resolved, { options, directory }) => [
    { path: 'a.txt', text: `${directory} ${options['word']} ${options['found']}\n` },
    { path: 'b/c.txt', text: `${provenance(resolved, ['app']).join('\n')}\n` },
  ],
}

async function run(...argv: readonly string[]): Promise<string> {
  return await deploy({
    argv,
    loadSettings: async (rest) => settingsOf(...rest),
    place: { directory: '/srv', node: '/node', command: '/nunicorn' },
    targets: [echo],
  })
}

const failure = async (...argv: readonly string[]): Promise<NunicornError> =>
  await run(...argv).then(
    () => {
      throw new Error('it did not fail')
    },
    (error: NunicornError) => error,
  )

describe('nunicorn deploy', () => {
  it('lists the targets', async () => {
    expect(await run()).toMatch(/Targets:\n {2}echo +what it was told/)
    expect(await run('--help')).toContain('--output DIR')
  })

  it('lists what a target takes', async () => {
    expect(await run('echo', '--help')).toMatch(/--word WORD +A word\./)
  })

  it('prints the files under their names, from settings and options of the target', async () => {
    expect(await run('echo', '--word', 'hello', '-w', '3', '--found=there')).toBe(
      '# ==== a.txt\n/srv hello there\n\n# ==== b/c.txt\nAPP = app.ts (argument APP)\n--workers = 3 (flag --workers)\n',
    )
  })

  it('finds an option on the machine where it is not given', async () => {
    expect(await run('echo', '--word=x')).toContain('/srv x here')
  })

  it('refuses all contradictions at once, and writes nothing', async () => {
    await using folder = await createFolder()
    const error = await failure('echo', '--word=bad', '--output', folder.path)
    expect(error.code).toBe('contradictions')
    expect(error.message).toMatch(/one is wrong\. Mend it\.\n.*two is wrong/)
    expect(await readdir(folder.path)).toEqual([])
  })

  it('writes to a folder, and again the same, but nothing over what somebody has changed', async () => {
    await using folder = await createFolder()
    const again = ['echo', '--word=x', `--output=${folder.path}`]
    expect(await run(...again)).toContain(`Wrote ${join(folder.path, 'b/c.txt')}`)
    await run(...again)
    await writeFile(join(folder.path, 'b/c.txt'), 'by hand')
    const error = await failure('echo', '--word=y', `--output=${folder.path}`)
    expect(error).toMatchObject({ code: 'file-exists', hint: expect.stringContaining('--force') })
    expect(await readFile(join(folder.path, 'a.txt'), 'utf8')).toContain(' x ')
    await run(...again, '--force')
    expect(await readFile(join(folder.path, 'b/c.txt'), 'utf8')).toContain('APP = ')
  })

  it.each([
    [['kubernetis'], /does not know "kubernetis"/],
    [['echo', '--word'], /--word has no value/],
    [['echo', '--output', '--force'], /--output has no value/],
  ])('refuses %j', async (argv, why) => {
    const error = await failure(...argv)
    expect(error.code).toBe('bad-usage')
    expect(error.message).toMatch(why)
  })
})

describe('every target', () => {
  it.each(targets.map((target) => [target.name, target] as const))(
    '%s has options that no setting is called, and says where its files come from',
    (_, target) => {
      const flags = settingNames.map(flagName)
      expect(target.options.filter(({ name }) => flags.includes(`--${name}`))).toEqual([])
      const place = {
        directory: '/srv/app',
        node: '/usr/bin/node',
        command: '/srv/n.js',
        options: {},
      }
      for (const { text } of target.render(settingsOf('-w', '7'), place))
        expect(text).toContain('--workers = 7 (flag --workers)')
    },
  )
})

async function createFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'nunicorn-deploy-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
