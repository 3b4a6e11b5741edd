import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, dirname, relative, resolve, sep } from 'node:path'

import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Which packages a package may depend on. Arrows point down only; `arbiter` and `worker` do not know each other. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  shutdown: [],
  torture: [],
  sockets: ['contract'],
  logger: ['contract'],
  settings: ['contract', 'sockets'],
  systemd: ['contract'],
  deploy: ['contract', 'settings', 'sockets'],
  arbiter: ['contract', 'sockets'],
  control: ['contract', 'sockets'],
  metrics: ['contract'],
  admin: ['contract', 'metrics', 'sockets'],
  worker: ['contract', 'logger', 'sockets'],
  'worker-http': ['contract', 'shutdown'],
  'worker-express': ['contract', 'worker-http'],
  'worker-koa': ['contract', 'worker-http'],
  'worker-fastify': ['contract', 'worker-http'],
  'worker-hono': ['contract', 'worker-http'],
  'worker-fetch': ['contract', 'worker-http'],
  'worker-nest': ['contract', 'worker-http'],
  'worker-script': ['contract', 'worker-http'],
  'worker-exec': ['contract'],
  'worker-uvicorn': ['contract', 'worker-exec'],
  testing: ['contract'],
  view: ['contract'],
  page: [],
  top: ['contract', 'control', 'view'],
  'create-nunicorn-worker': [],
  cli: [
    'admin',
    'arbiter',
    'contract',
    'control',
    'deploy',
    'logger',
    'metrics',
    'page',
    'settings',
    'sockets',
    'systemd',
    'worker',
    'worker-http',
  ],
}

/** Dependencies that no import shows: `-k http` finds this worker class by its name. */
const foundByName: Readonly<Record<string, readonly string[]>> = {
  cli: ['@nunicorn/worker-http'],
  // What an app of Nest cannot be made without; its types come from @nestjs/common.
  'worker-nest': ['@nestjs/core'],
}

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const folders = globSync('packages/*/package.json', { cwd: root }).map((file) =>
  basename(dirname(file)),
)

describe.each(folders)('%s', (folder) => {
  const manifest = readJson<Manifest>(`packages/${folder}/package.json`)
  const shipped = { ...manifest.dependencies, ...manifest.peerDependencies }
  const declared = workspaceFolders(Object.keys(shipped))

  it('depends only on packages below it', () => {
    expect(arrows, `give ${folder} a row in the table of arrows`).toHaveProperty(folder)
    expect(declared.filter((name) => !arrows[folder]?.includes(name))).toEqual([])
  })

  it('imports in src exactly what it declares, and nothing by a path out of the package', () => {
    const imports = importsOf(`packages/${folder}/src/**/*.ts`)
    expect(imports.filter(escapes(folder))).toEqual([])
    const imported = imports.map(({ specifier }) => packageOf(specifier)).filter(isForeign)
    const used = new Set([...imported, ...(foundByName[folder] ?? [])])
    expect([...used].toSorted()).toEqual(Object.keys(shipped).toSorted())
  })

  it('imports in its tests only what it or the root declares', () => {
    const here = { ...shipped, ...manifest.devDependencies }
    const atRoot = readJson<Manifest>('package.json').devDependencies
    const imports = importsOf(`packages/${folder}/test/**/*.ts`)
    expect(imports.filter(escapes(folder))).toEqual([])
    const used = [...new Set(imports.map(({ specifier }) => packageOf(specifier)))].filter(
      isForeign,
    )
    const known = new Set([manifest.name, ...Object.keys({ ...here, ...atRoot })])
    expect(used.filter((name) => !known.has(name))).toEqual([])
  })

  it('has a project reference for each of its dependencies', () => {
    const { references = [] } = readJson<{ references?: { path: string }[] }>(
      `packages/${folder}/tsconfig.json`,
    )
    expect(references.map(({ path }) => basename(path)).toSorted()).toEqual(declared.toSorted())
  })
})

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(resolve(root, file), 'utf8')) as T
}

function workspaceFolders(names: readonly string[]): string[] {
  return names
    .filter((name) => name === 'nunicorn' || name.startsWith('@nunicorn/'))
    .map((name) => (name === 'nunicorn' ? 'cli' : name.slice('@nunicorn/'.length)))
}

interface Import {
  readonly file: string
  readonly specifier: string
}

/** Static, side-effect and dynamic imports; a statement starts its line, so examples in comments do not count. */
const importPattern =
  /^(?:import|export|\})[^'"\n]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)|\bimport\.meta\.resolve\('([^']+)'\)/gm

function importsOf(pattern: string): Import[] {
  return globSync(pattern, { cwd: root }).flatMap((file) => {
    const matches = readFileSync(resolve(root, file), 'utf8').matchAll(importPattern)
    return Array.from(matches, (match) => ({ file, specifier: match.slice(1).find(Boolean) ?? '' }))
  })
}

const escapes =
  (folder: string) =>
  ({ file, specifier }: Import): boolean =>
    specifier.startsWith('.') &&
    relative(`${root}/packages/${folder}`, resolve(root, dirname(file), specifier)).startsWith(
      `..${sep}`,
    )

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function isForeign(name: string): boolean {
  return !name.startsWith('.') && !isBuiltin(name)
}
