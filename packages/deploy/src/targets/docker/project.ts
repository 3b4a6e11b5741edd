import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

import { parse } from 'yaml'

export type Manager = 'npm' | 'pnpm' | 'yarn'

export interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly packageManager?: string
  readonly engines?: { readonly node?: string }
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly workspaces?: readonly string[] | { readonly packages?: readonly string[] }
}

/** What is installed together: an app, or the workspace that it is a member of. */
export interface Project {
  /** Where the lock file is; the context of the build. */
  readonly root: string
  /** The folder of the app, relative to that; '' if it is the same. */
  readonly app: string
  readonly manifest: Manifest
  readonly rootManifest: Manifest
  /** Folders of all members of the workspace, relative to the root, and what they are called. */
  readonly members: Readonly<Record<string, Manifest>>
  readonly lockFiles: readonly string[]
  /** Which of the files that decide how things are installed there are. */
  readonly extras: readonly string[]
  /** Of yarn: the text of its lock file and `nodeLinker`. */
  readonly berry: boolean
  readonly nodeLinker: string | undefined
  /** Whether there is a requirements.txt of Python beside the app. */
  readonly requirements: boolean
  /** Whether .npmrc has a secret in it, rather than the name of a variable. */
  readonly secretInNpmrc: boolean
}

/** By lock file, who writes it. */
export const managerOf: Readonly<Record<string, Manager>> = {
  'package-lock.json': 'npm',
  'npm-shrinkwrap.json': 'npm',
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
}
const extras = [
  '.npmrc',
  'pnpm-workspace.yaml',
  '.pnpmfile.cjs',
  '.pnpmfile.mjs',
  '.yarnrc.yml',
  '.yarnrc',
  '.yarn',
  'patches',
]

/** Looks at the folder of an app, and above it for the lock file. */
export function readProject(directory: string): Project {
  const root = rootOf(directory) ?? directory
  const read = (path: string): string => textOf(join(root, path)) ?? ''
  const rootManifest = manifestIn(root)
  const yarnrc = (parse(read('.yarnrc.yml')) ?? {}) as { readonly nodeLinker?: string }
  return {
    root,
    app: relative(root, directory),
    manifest: manifestIn(directory),
    rootManifest,
    members: membersOf(root, rootManifest),
    lockFiles: Object.keys(managerOf).filter((name) => existsSync(join(root, name))),
    extras: extras.filter((name) => existsSync(join(root, name))),
    berry: read('yarn.lock').includes('__metadata:'),
    nodeLinker: yarnrc.nodeLinker,
    requirements: existsSync(join(directory, 'requirements.txt')),
    secretInNpmrc: /_(?:authToken|auth|password)\s*=\s*(?!\s*"?\$\{)\S/i.test(read('.npmrc')),
  }
}

function rootOf(directory: string): string | undefined {
  if (Object.keys(managerOf).some((name) => existsSync(join(directory, name)))) return directory
  const above = dirname(directory)
  return above === directory ? undefined : rootOf(above)
}

function membersOf(root: string, { workspaces }: Manifest): Readonly<Record<string, Manifest>> {
  const file = parse(textOf(join(root, 'pnpm-workspace.yaml')) ?? '') as {
    readonly packages?: readonly string[]
  } | null
  const own = Array.isArray(workspaces)
    ? (workspaces as readonly string[])
    : ((workspaces as { readonly packages?: readonly string[] } | undefined)?.packages ?? [])
  const patterns = [...(file?.packages ?? []), ...own]
  const not = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) => pattern.slice(1))
  const folders = patterns
    .filter((pattern) => !pattern.startsWith('!'))
    .flatMap((pattern) =>
      globSync(`${pattern.replace(/\/$/, '')}/package.json`, {
        cwd: root,
        exclude: ['**/node_modules/**', ...not.map((pattern) => `${pattern}/package.json`)],
      }),
    )
    .map(dirname)
    .filter((folder) => folder !== '.')
  const sorted = [...new Set(folders)].toSorted()
  return Object.fromEntries(sorted.map((folder) => [folder, manifestIn(join(root, folder))]))
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(textOf(join(folder, 'package.json')) ?? '{}') as Manifest
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
