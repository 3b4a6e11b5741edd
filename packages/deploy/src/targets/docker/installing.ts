import { builtMembers } from './members.ts'
import { type Manager, managerOf, type Project } from './project.ts'

export interface Installing {
  readonly manager: Manager
  /** Puts the manager itself in place, if the image has it not. */
  readonly setUp?: string
  /** Everything, to build with. */
  readonly all: string
  /** What serving needs. */
  readonly production: string
  readonly build: string
}

/** How the manager of this lock file installs and builds; undefined without one. */
export function installingOf(project: Project): Installing | undefined {
  const lockFile = project.lockFiles[0]
  const manager = lockFile === undefined ? undefined : managerOf[lockFile]
  return manager === undefined ? undefined : by[manager](project)
}

/** `pnpm@12.21.0`, without the hash that may follow. */
export function packageManagerOf({ rootManifest }: Project): string | undefined {
  return rootManifest.packageManager?.replace(/\+.*$/, '')
}

const by: Readonly<Record<Manager, (project: Project) => Installing>> = {
  npm: (project) => {
    const only =
      project.app === '' ? '' : ` --workspace=${project.app} --include-workspace-root=false`
    return {
      manager: 'npm',
      all: 'npm ci',
      production: `${withoutPrepare(project)}npm ci --omit=dev${only}`,
      build: ['npm run build', ...built(project).map((folder) => `--workspace=${folder}`)].join(
        ' ',
      ),
    }
  },
  pnpm: (project) => {
    const { app, manifest } = project
    const only = app === '' ? '' : ` --filter=${manifest.name}...`
    return {
      manager: 'pnpm',
      setUp: `npm install --global ${packageManagerOf(project)}`,
      all: `pnpm install --frozen-lockfile${only}`,
      production: `${withoutPrepare(project)}pnpm install --frozen-lockfile --prod${only}`,
      build: app === '' ? 'pnpm run build' : `pnpm --filter=${manifest.name}... run build`,
    }
  },
  yarn: (project) => (project.berry ? yarnBerry(project) : yarnClassic(project)),
}

function yarnBerry(project: Project): Installing {
  const { app, manifest } = project
  const version = packageManagerOf(project)?.replace('yarn@', '@yarnpkg/cli-dist@')
  return {
    manager: 'yarn',
    // Images of Node before 26 have an older yarn by that name.
    setUp: `npm install --global --force ${version}`,
    all: 'yarn install --immutable',
    production: `yarn workspaces focus ${app === '' ? '' : `${manifest.name} `}--production`,
    build: yarnBuild(project),
  }
}

function yarnClassic(project: Project): Installing {
  return {
    manager: 'yarn',
    setUp: `npm install --global --force ${packageManagerOf(project) ?? 'yarn@1.22.22'}`,
    all: 'yarn install --frozen-lockfile',
    production: `${withoutPrepare(project)}yarn install --frozen-lockfile --production`,
    build: yarnBuild(project),
  }
}

function yarnBuild(project: Project): string {
  if (project.app === '') return 'yarn run build'
  return built(project)
    .map((folder) => `yarn workspace ${nameOf(project, folder)} run build`)
    .join(' && ')
}

function nameOf({ members }: Project, folder: string): string {
  return members[folder]?.name ?? folder
}

/** Of a workspace; an app alone needs not be named. */
function built(project: Project): readonly string[] {
  return project.app === '' ? [] : builtMembers(project)
}

/** What prepares a checkout for work, as husky does, needs what serving does not. */
function withoutPrepare({ rootManifest }: Project): string {
  return rootManifest.scripts?.['prepare'] === undefined ? '' : 'npm pkg delete scripts.prepare && '
}
