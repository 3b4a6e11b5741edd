import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { type Copy, DockerfileParser } from 'dockerfile-ast'
import { describe, expect, it } from 'vitest'

import { targets } from '../src/index.ts'
import { nodeImage } from '../src/targets/docker/node-image.ts'
import { placeOf, settingsOf } from './resolved.ts'

const docker = targets.find(({ name }) => name === 'docker')

interface Folder extends AsyncDisposable {
  readonly path: string
}

async function folderOf(files: Readonly<Record<string, unknown>>): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'nunicorn-docker-'))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(
      join(path, name),
      typeof content === 'string' ? content : JSON.stringify(content),
    )
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

const shop = {
  name: 'shop',
  dependencies: { nunicorn: '^1.0.0', price: 'workspace:*' },
  engines: { node: '>=24' },
}

/** By the manager, an app with everything that decides what is installed. */
const layouts = {
  npm: {
    'package.json': { ...shop, scripts: { build: 'x' } },
    'package-lock.json': '{}',
    '.npmrc': 'a=b',
  },
  'yarn 1': { 'package.json': shop, 'yarn.lock': '# yarn lockfile v1' },
  'yarn 4': {
    'package.json': { ...shop, packageManager: 'yarn@4.9.2' },
    'yarn.lock': '__metadata:',
    '.yarnrc.yml': 'nodeLinker: node-modules',
  },
  pnpm: {
    'package.json': { packageManager: 'pnpm@10.33.0+sha512.abc' },
    'pnpm-lock.yaml': '',
    'pnpm-workspace.yaml': "packages: ['apps/*', 'packages/*', '!packages/old']",
    'apps/shop/package.json': shop,
    'packages/price/package.json': { name: 'price', dependencies: { money: 'workspace:*' } },
    'packages/money/package.json': { name: 'money' },
    'packages/other/package.json': { name: 'other' },
    'packages/old/package.json': { name: 'old' },
    'patches/a.patch': '',
  },
} as const

/** Beside a FastAPI app. */
const uvicorn = {
  'package.json': {
    ...shop,
    dependencies: { nunicorn: '^1.0.0', '@nunicorn/worker-uvicorn': '^1.0.0' },
  },
  'package-lock.json': '{}',
}

function problemsOf(directory: string, ...argv: readonly string[]): readonly string[] {
  return (docker?.contradictions(settingsOf(...argv), placeOf({}, { directory })) ?? []).map(
    ({ setting, message, mend }) => `${setting}: ${message} ${mend}`,
  )
}

function dockerfileOf(directory: string, ...argv: readonly string[]): string {
  return docker?.render(settingsOf(...argv), placeOf({}, { directory }))[0]?.text ?? ''
}

describe.each(Object.entries(layouts))('the Dockerfile for %s', (manager, files) => {
  const app = manager === 'pnpm' ? 'apps/shop' : ''

  it('copies only what is there, and its stages are defined before they are used', async () => {
    await using folder = await folderOf(files)
    const directory = join(folder.path, app)
    expect(problemsOf(directory)).toEqual([])
    const stages: string[] = []
    for (const instruction of DockerfileParser.parse(dockerfileOf(directory)).getInstructions()) {
      const words = (instruction.getArgumentsContent() ?? '').split(' ')
      if (instruction.getKeyword() === 'FROM') stages.push(words[2] ?? 'last')
      if (instruction.getKeyword() !== 'COPY') continue
      const [flag] = (instruction as Copy).getFlags()
      if (flag) expect(stages).toContain(flag.getValue())
      else
        for (const { path } of (instruction as Copy)
          .getArguments()
          .slice(0, -1)
          .map((one) => ({ path: one.getValue() })))
          expect(existsSync(join(folder.path, path)), path).toBe(true)
    }
  })

  it('runs as nobody in particular, in exec form, and stops by TERM', async () => {
    await using folder = await folderOf(files)
    const lines = dockerfileOf(join(folder.path, app), '-b', ':8080').split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        'FROM node:24-slim AS base',
        'USER 1000:1000',
        'EXPOSE 8080',
        'STOPSIGNAL SIGTERM',
        'ENTRYPOINT ["tini", "--"]',
        'CMD ["nunicorn","app.ts"]',
        'ENV NUNICORN_LOG_FORMAT="json"',
        'ENV NUNICORN_BIND="0.0.0.0:8080"',
      ]),
    )
    expect(lines.find((line) => line.startsWith('HEALTHCHECK'))).toMatch(/9000.*\/readyz/)
  })

  it('gives the app its own arguments, which no ENV could say', async () => {
    await using folder = await folderOf(files)
    const text = dockerfileOf(join(folder.path, app), '--', 'db.json', '--watch')
    expect(text).toContain('CMD ["nunicorn","app.ts","--","db.json","--watch"]')
    expect(text).not.toContain('APP_ARGUMENTS')
  })
})

describe('for an app of Python', () => {
  const files = { ...uvicorn, 'requirements.txt': 'fastapi\n' }

  it('has a Python of its own, with what requirements.txt names, where -k uvicorn looks for it', async () => {
    await using folder = await folderOf(files)
    const argv = ['-k', 'uvicorn.workers.UvicornWorker', '-b', ':8000']
    expect(problemsOf(folder.path, ...argv)).toEqual([])
    const text = dockerfileOf(folder.path, ...argv)
    expect(text).toMatch(/apt-get install .*tini python3 python3-venv/)
    expect(text).toMatch(
      /COPY requirements\.txt \/app\/\nRUN python3 -m venv \/app\/\.venv && .*pip install/,
    )
  })
})

describe('in a workspace', () => {
  it('takes the members that the app needs, also by another one, and no others', async () => {
    await using folder = await folderOf(layouts.pnpm)
    const last = dockerfileOf(join(folder.path, 'apps/shop')).split('FROM base\n')[1]
    expect(last?.match(/^COPY .*/gm)).toEqual([
      'COPY --from=dependencies /app ./',
      'COPY apps/shop ./apps/shop',
      'COPY packages/money ./packages/money',
      'COPY packages/price ./packages/price',
    ])
    expect(last).toContain('WORKDIR /app/apps/shop')
  })

  it('builds the members that the app needs, in their order, even if it has nothing to build', async () => {
    const member = (name: string, ...needs: readonly string[]): unknown => ({
      name,
      scripts: { build: 'x' },
      dependencies: Object.fromEntries(needs.map((need) => [need, '*'])),
    })
    await using folder = await folderOf({
      'package.json': { workspaces: ['*'] },
      'package-lock.json': '{}',
      'shop/package.json': { name: 'shop', dependencies: { nunicorn: '1', a: '*' } },
      'a/package.json': member('a', 'b'),
      'b/package.json': member('b'),
      'c/package.json': member('c'),
    })
    const text = dockerfileOf(join(folder.path, 'shop'))
    expect(text).toContain('RUN npm run build --workspace=b --workspace=a && find')
    expect(text).toContain('COPY --from=build /app/a ./a')
    expect(text).not.toContain('COPY --from=build /app/c')
  })

  it('has an ignore file that belongs to its Dockerfile', async () => {
    await using folder = await folderOf(layouts.pnpm)
    const place = placeOf({}, { directory: join(folder.path, 'apps/shop') })
    const paths = docker?.render(settingsOf(), place).map(({ path }) => path)
    expect(paths).toEqual(['Dockerfile', 'Dockerfile.dockerignore'])
  })
})

describe('contradictions', () => {
  const { npm, pnpm } = layouts
  const manifest = npm['package.json']
  it.each([
    ['no lock file', { 'package.json': manifest }, [], /^lock file: .*none/],
    ['two lock files', { ...npm, 'yarn.lock': '' }, [], /^lock file: .*more than one/],
    [
      'another manager',
      { ...npm, 'package.json': { ...manifest, packageManager: 'pnpm@10.0.0' } },
      [],
      /^packageManager: 'pnpm@10\.0\.0' has not written package-lock\.json/,
    ],
    [
      'a pnpm of no version',
      { ...pnpm, 'package.json': shop },
      [],
      /^packageManager: .*which version of pnpm/,
    ],
    [
      "yarn's Plug'n'Play",
      { ...layouts['yarn 4'], '.yarnrc.yml': '' },
      [],
      /^packageManager: .*nodeLinker/,
    ],
    [
      'an old Node',
      { ...npm, 'package.json': { ...manifest, engines: { node: '20.x' } } },
      [],
      /^engines: '20\.x'/,
    ],
    [
      'nunicorn for development only',
      {
        ...npm,
        'package.json': { ...manifest, dependencies: {}, devDependencies: { nunicorn: '1' } },
      },
      [],
      /^dependencies: .*development only/,
    ],
    ['a secret', { ...npm, '.npmrc': '//r.example/:_authToken=abc' }, [], /^\.npmrc: .*secret/],
    ['no requirements of Python', uvicorn, ['-k', 'uvicorn'], /^workerClass: .*requirements\.txt/],
    ['a class that is not installed', npm, ['-k', 'koa'], /^workerClass: @nunicorn\/worker-koa/],
    ['the loopback', npm, ['-b', '127.0.0.1:80'], /^bind: .*only from inside/],
    ['an app elsewhere', npm, ['--chdir', '../x'], /^chdir: .*not in the folder/],
  ] as const)('name %s, and the mend', async (_, files, argv, what) => {
    await using folder = await folderOf(files)
    expect(problemsOf(folder.path, ...argv)).toEqual([expect.stringMatching(what)])
  })
})

describe('the image of Node', () => {
  it.each([
    [undefined, 'node:24-slim'],
    ['>=20', 'node:24-slim'],
    ['^22.18', 'node:22-slim'],
    ['24.3.0', 'node:24.3.0-slim'],
    ['>=26', 'node:26-slim'],
    ['20 || 22.20.x', 'node:22.20.0-slim'],
    ['<22', undefined],
  ])('for engines %s is %s', (engines, image) => {
    expect(nodeImage(engines)).toBe(image)
  })
})
