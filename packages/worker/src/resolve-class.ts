import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { NunicornError, type ProgramClass, reportError, type WorkerClass } from '@nunicorn/contract'

import { knownClasses } from './known-classes.ts'
import { describe } from './load-app.ts'

/** Where classes are looked for: the app's own project first, then what was installed with the command. */
export interface SearchPlaces {
  /** The working directory of the app. */
  readonly directory: string
  /** The file of the command. */
  readonly command: string
}

/**
 * Finds the worker class that `-k` names: `@nunicorn/worker-NAME`, then a package of that name, then a path.
 *
 * @throws NunicornError `class-not-found`, `bad-class`
 */
export async function resolveClass(name: string, from: SearchPlaces): Promise<WorkerClass> {
  const file = isPath(name) ? locatePath(name, from) : locateClass(name, from)
  if (file === undefined) throw notFound(name)
  const found = await importClass({ name, file })
  if ('program' in found) throw forPrograms(found.name, file)
  return found
}

/**
 * The file of the class of that short name, or of the package of that name; undefined if it is not installed.
 * @throws NunicornError `bad-class` if it is, and cannot be loaded.
 */
export function locateClass(
  name: string,
  { directory, command }: SearchPlaces,
): string | undefined {
  const requires = [projectRequire(directory), createRequire(command)]
  for (const candidate of [packageOf(name), name]) {
    for (const require of requires) {
      const file = find(require, candidate)
      if (file !== undefined) return file
    }
  }
  return undefined
}

/** The package of the class of that short name. */
export function packageOf(name: string): string {
  return `@nunicorn/worker-${name}`
}

interface Found {
  readonly name: string
  readonly file: string
}

/** The arbiter looks for such classes before any worker does, but not at single files. */
function forPrograms(name: string, file: string): NunicornError {
  return new NunicornError({
    code: 'bad-class',
    message: `The worker class ${name} (${file}) runs programs, and is not found where such classes are looked for.`,
    hint: 'Give -k the package, whose exports have an entry "./program", or a folder with a file program.js.',
  })
}

/** @throws NunicornError `bad-class` */
export async function importClass({ name, file }: Found): Promise<WorkerClass | ProgramClass> {
  const { default: workerClass } = await importModule({ name, file })
  checkClass(workerClass, { name, file })
  return workerClass
}

async function importModule({ name, file }: Found): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(pathToFileURL(file).href)) as { default?: unknown }
  } catch (cause) {
    throw new NunicornError({
      code: 'bad-class',
      message: `The worker class ${JSON.stringify(name)} (${file}) failed while it was imported.`,
      hint: 'If a package is missing, install it: classes leave the installation of their framework to you.',
      cause,
    })
  }
}

function projectRequire(directory: string): NodeJS.Require {
  return createRequire(resolve(directory, 'package.json'))
}

function locatePath(path: string, { directory }: SearchPlaces): string | undefined {
  return find(projectRequire(directory), resolve(directory, path))
}

function isPath(name: string): boolean {
  return name.startsWith('.') || name.startsWith('/')
}

function find(require: NodeJS.Require, specifier: string): string | undefined {
  try {
    return require.resolve(specifier)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined
    throw new NunicornError({
      code: 'bad-class',
      message: `The package ${specifier} is installed, but it cannot be loaded by its name.`,
      hint: 'Its package.json needs an entry under "exports" with the condition "default".',
      cause: error,
    })
  }
}

function notFound(name: string): NunicornError {
  return new NunicornError({
    code: 'class-not-found',
    message: `The worker class ${JSON.stringify(name)} cannot be found.`,
    hint: classMend(name),
  })
}

function classMend(name: string): string {
  if (isPath(name)) return 'Check the path: it is relative to the working directory (--chdir).'
  const names = knownClasses.map((known) => known.name)
  if (names.includes(name)) return `Install it with "npm install ${packageOf(name)}".`
  return `nunicorn's own are ${names.join(', ')}; another one is a package to install, ${packageOf(name)} or ${name}, or a path that begins with ./ or /.`
}

function checkClass(
  value: unknown,
  { name, file }: Found,
): asserts value is WorkerClass | ProgramClass {
  const faults = faultsOf(value)
  if (faults.length === 0) return
  throw new NunicornError({
    code: 'bad-class',
    message: `The worker class ${JSON.stringify(name)} (${file}) cannot be used: ${faults.join('; ')}.`,
    hint: 'Its module must have a default export that implements WorkerClass of @nunicorn/contract.',
  })
}

function faultsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null)
    return [`its default export is ${describe(value)}`]
  try {
    return memberFaults(value)
  } catch (error) {
    return [`its members cannot be read: ${reportError(error).message}`]
  }
}

function memberFaults({
  contract,
  name,
  start,
  program,
}: Partial<WorkerClass & ProgramClass>): readonly string[] {
  return [
    ...(contract === 1
      ? []
      : [`it implements contract ${show(contract)}, and this nunicorn speaks contract 1`]),
    ...(typeof name === 'string' ? [] : ['it has no name']),
    ...(typeof start === 'function' || typeof program === 'function' ? [] : ['it has no start()']),
  ]
}

/** So that '1' does not look like 1. */
function show(contract: unknown): string {
  if (typeof contract === 'string') return JSON.stringify(contract)
  return typeof contract === 'number' ? String(contract) : describe(contract)
}
