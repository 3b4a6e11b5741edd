import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { NunicornError, type WorkerClass } from '@nunicorn/contract'

import { describe } from './load-app.ts'

/**
 * Finds the worker class that `-k` names: `@nunicorn/worker-NAME`, then a package of that name, then a path. The app's
 * own project is looked at first, then what was installed with the command.
 *
 * @throws NunicornError `class-not-found`, `bad-class`
 */
export async function resolveClass(
  name: string,
  from: { readonly directory: string; readonly command: string },
): Promise<WorkerClass> {
  const file = locate(name, from)
  const { default: workerClass } = await importClass({ name, file })
  checkClass(workerClass, { name, file })
  return workerClass
}

interface Found {
  readonly name: string
  readonly file: string
}

async function importClass({ name, file }: Found): Promise<{ readonly default?: unknown }> {
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

function locate(
  name: string,
  { directory, command }: { readonly directory: string; readonly command: string },
): string {
  const project = createRequire(resolve(directory, 'package.json'))
  if (isPath(name)) return find(project, resolve(directory, name)) ?? fail(name)
  const requires = [project, createRequire(command)]
  for (const candidate of [`@nunicorn/worker-${name}`, name]) {
    for (const require of requires) {
      const file = find(require, candidate)
      if (file !== undefined) return file
    }
  }
  return fail(name)
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

function fail(name: string): never {
  throw new NunicornError({
    code: 'class-not-found',
    message: `The worker class ${JSON.stringify(name)} cannot be found.`,
    hint: isPath(name)
      ? 'Check the path: it is relative to the working directory (--chdir).'
      : `Install it with "npm install @nunicorn/worker-${name}", or give the name of a package or a path that exports a worker class.`,
  })
}

function checkClass(value: unknown, { name, file }: Found): asserts value is WorkerClass {
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
  const { contract, name, start } = value as Partial<WorkerClass>
  return [
    ...(contract === 1
      ? []
      : [`it implements contract ${String(contract)}, and this nunicorn speaks contract 1`]),
    ...(typeof name === 'string' ? [] : ['it has no name']),
    ...(typeof start === 'function' ? [] : ['it has no start()']),
  ]
}
