import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import type { ArbiterSettings } from '@nunicorn/arbiter'
import { NunicornError } from '@nunicorn/contract'
import {
  type ConfigFile,
  describeProblems,
  openSettings,
  type Resolved,
  resolveSettings,
} from '@nunicorn/settings'

import { toArbiterSettings } from './arbiter-settings.ts'
import { chooseBind } from './choose-bind.ts'
import { enterDirectory } from './directory.ts'
import { programFor } from './program.ts'
import type { ServiceManager } from './service-manager.ts'

/** How the command was called. */
export interface Invocation {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where it was called. */
  readonly directory: string
  readonly serviceManager: ServiceManager
}

export interface Loaded {
  readonly resolved: Resolved
  readonly arbiter: ArbiterSettings
  /** What about the addresses may not be meant. */
  readonly bindWarnings: readonly string[]
}

const defaultNames = [
  'nunicorn.config.ts',
  'nunicorn.config.js',
  'nunicorn.config.mjs',
  'nunicorn.config.json',
]

/**
 * Reads every source of settings as it is now, from the directory that it leaves the process in; called again for each
 * reload.
 *
 * @throws NunicornError `bad-usage` if the command line is wrong, `bad-settings` if another source is, `no-directory`,
 * `app-load` if APP is a program that cannot be run; those of `findInherited`.
 */
export async function loadSettings({
  argv,
  env,
  directory: start,
  serviceManager,
}: Invocation): Promise<Loaded> {
  const { config, chdir } = openSettings({ argv, env })
  enterDirectory(start, chdir)
  const resolved = resolveSettings({ argv, env, file: await readConfigFile(config) })
  if (resolved.ok) {
    // The config file may name the directory too.
    const directory = enterDirectory(start, resolved.settings.chdir)
    const { bind, warnings: bindWarnings } = chooseBind(resolved, serviceManager)
    const arbiter = toArbiterSettings(resolved.settings, { directory, bind })
    const program = await programFor(resolved.settings, arbiter)
    return { resolved, arbiter: program ? { ...arbiter, program } : arbiter, bindWarnings }
  }
  throw new NunicornError({
    code: resolved.problems.some(({ origin }) => ['flag', 'argument'].includes(origin.type))
      ? 'bad-usage'
      : 'bad-settings',
    message: describeProblems(resolved.problems),
  })
}

async function readConfigFile(given: string | undefined): Promise<ConfigFile | undefined> {
  const path = given ?? defaultNames.find((name) => existsSync(name))
  if (path === undefined) return undefined
  if (!existsSync(path)) throw badFile(path, 'it does not exist')
  try {
    const value =
      extname(path) === '.json'
        ? JSON.parse(await readFile(path, 'utf8'))
        : await importAnew(resolve(path))
    return { path, value }
  } catch (error) {
    throw badFile(path, error instanceof Error ? error.message : String(error))
  }
}

function badFile(path: string, why: string): NunicornError {
  return new NunicornError({
    code: 'bad-settings',
    message: `The config file ${path} cannot be read: ${why}.`,
    hint: 'Mend it, or check the path given to --config.',
  })
}

/** A module is evaluated once per URL, so each reading has a URL of its own; a CommonJS one is also taken off the cache. */
async function importAnew(file: string): Promise<unknown> {
  delete createRequire(import.meta.url).cache[file]
  const url = pathToFileURL(file)
  url.searchParams.set('read', String(performance.now()))
  const module = (await import(url.href)) as { readonly default?: unknown }
  if (module.default !== undefined) return await module.default
  throw new Error('it has no default export')
}
