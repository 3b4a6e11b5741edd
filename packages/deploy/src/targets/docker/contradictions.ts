import { type Problem, type Resolved } from '@nunicorn/settings'

import { ofOption, ofSetting } from '../../problems.ts'
import type { Place } from '../../target.ts'
import { containerContradictions } from '../container/contradictions.ts'
import { reachOf } from '../container/reach.ts'
import { packageManagerOf } from './installing.ts'
import { nodeImage } from './node-image.ts'
import { managerOf, type Project } from './project.ts'
import { isPython } from './python.ts'

type What = Pick<Problem, 'message' | 'mend'>

/** Whatever would make an image that does not build, does not start or is reached by nobody. */
export function contradictions(
  resolved: Resolved,
  place: Place,
  project: Project,
): readonly Problem[] {
  const about: readonly (readonly [string, unknown, What | undefined])[] = [
    ['lock file', project.lockFiles.join(', '), lockFile(project)],
    ['packageManager', project.rootManifest.packageManager, manager(project)],
    ['engines', project.manifest.engines?.node, engines(project, place)],
    ['dependencies', '', nunicorn(project)],
    ['.npmrc', '', npmrc(project)],
  ]
  return [
    ...containerContradictions(resolved, reachOf(resolved, 'inside')),
    ...workerClass(resolved, project),
    ...noRequirements(resolved, project),
    ...about.flatMap(([name, value, what]) =>
      what === undefined
        ? []
        : [
            {
              ...ofOption(name, value, what),
              origin: { type: 'file' as const, path: 'package.json' },
            },
          ],
    ),
  ]
}

function lockFile({ lockFiles, app, members }: Project): What | undefined {
  if (lockFiles.length === 0)
    return {
      message:
        'there is none of npm, pnpm or yarn, so that each image would have other versions in it.',
      mend: 'Install once, and commit it.',
    }
  if (lockFiles.length > 1)
    return { message: 'there is more than one.', mend: 'Remove those that are not used.' }
  if (app !== '' && members[app] === undefined)
    return {
      message: `it is above the app, but ${app} is no member of a workspace there.`,
      mend: 'Add it to the workspace, or install in its own folder.',
    }
  return undefined
}

function manager(project: Project): What | undefined {
  const name = managerOf[project.lockFiles[0] ?? '']
  const written = packageManagerOf(project)
  if (name === undefined) return undefined
  if (written !== undefined && !written.startsWith(`${name}@`))
    return {
      message: `'${written}' has not written ${project.lockFiles[0]}.`,
      mend: 'Install with it and commit its lock file, or correct packageManager.',
    }
  if (written === undefined && (name === 'pnpm' || project.berry))
    return {
      message: `nothing says which version of ${name} is meant.`,
      mend: `npm pkg set packageManager=${name}@$(${name} --version)`,
    }
  if (project.berry && project.nodeLinker !== 'node-modules')
    return {
      message: "yarn's Plug'n'Play puts nothing in node_modules, where workers look.",
      mend: 'Add nodeLinker: node-modules to .yarnrc.yml.',
    }
  return undefined
}

function engines({ manifest }: Project, { options }: Place): What | undefined {
  if (options['node-image'] !== undefined || nodeImage(manifest.engines?.node) !== undefined)
    return undefined
  return {
    message: `'${manifest.engines?.node}' allows no Node that nunicorn runs on.`,
    mend: 'It needs 22.18 or later.',
  }
}

function nunicorn({ manifest, rootManifest }: Project): What | undefined {
  const has = (name: string): boolean =>
    manifest.dependencies?.[name] !== undefined || rootManifest.dependencies?.[name] !== undefined
  if (has('nunicorn')) return undefined
  const dev = manifest.devDependencies?.['nunicorn'] !== undefined
  return {
    message: `nunicorn ${dev ? 'is a dependency of development only' : 'is not among them'}, and would not be in the image.`,
    mend: 'npm install nunicorn, or the like.',
  }
}

function npmrc({ secretInNpmrc }: Project): What | undefined {
  return secretInNpmrc
    ? {
        message: 'it has a secret in it, which would stay in a layer of the build.',
        mend: 'Write ${NPM_TOKEN} instead, put --mount=type=secret,id=NPM_TOKEN,env=NPM_TOKEN after each RUN that installs, and build with --secret id=NPM_TOKEN.',
      }
    : undefined
}

function noRequirements(resolved: Resolved, { requirements }: Project): Problem[] {
  if (!isPython(resolved) || requirements) return []
  return [
    ofSetting(resolved, 'workerClass', resolved.settings.workerClass, {
      message:
        'There is no requirements.txt beside the app, so that nothing of Python would be in the image.',
      mend: 'Write one with uvicorn and what the app imports, or: .venv/bin/pip freeze > requirements.txt',
    }),
  ]
}

/** `-k fastify` is found only if it is installed where serving needs it. */
function workerClass(resolved: Resolved, { manifest }: Project): Problem[] {
  const name = isPython(resolved) ? 'uvicorn' : resolved.settings.workerClass
  if (!/^[a-z][a-z-]*$/.test(name) || name === 'auto' || name === 'http') return []
  const dependency = `@nunicorn/worker-${name}`
  if (manifest.dependencies?.[dependency] !== undefined) return []
  return [
    ofSetting(resolved, 'workerClass', name, {
      message: `${dependency} is not among the dependencies, and would not be in the image.`,
      mend: `npm install ${dependency}, or the like.`,
    }),
  ]
}
