import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { NunicornError, type WorkerClass } from '@nunicorn/contract'

import { describe } from './load-app.ts'

/**
 * Finds the worker class that `-k` names: `@nunicorn/worker-NAME`, then a package of that name, then a path. The app's
 * own project is looked at first, then what was installed with the command.
 *
 * @throws NunicornError `class-not-found`, `bad-class`.
 */
export async function resolveClass(name: string, from: { readonly directory: string; readonly command: string }): Promise<WorkerClass> {
  const file = locate(name, from)
  const { default: workerClass } = (await import(pathToFileURL(file).href)) as { default?: unknown }
  checkClass(workerClass, { name, file })
  return workerClass
}

function locate(name: string, { directory, command }: { readonly directory: string; readonly command: string }): string {
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
  } catch {
    return undefined
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

function checkClass(value: unknown, { name, file }: { readonly name: string; readonly file: string }): asserts value is WorkerClass {
  const faults = faultsOf(value)
  if (faults.length === 0) return
  throw new NunicornError({
    code: 'bad-class',
    message: `The worker class ${JSON.stringify(name)} (${file}) cannot be used: ${faults.join('; ')}.`,
    hint: 'Its module must have a default export that implements WorkerClass of @nunicorn/contract.',
  })
}

function faultsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`its default export is ${describe(value)}`]
  const { contract, name, start } = value as Partial<WorkerClass>
  return [
    ...(contract === 1 ? [] : [`it implements contract ${String(contract)}, and this nunicorn speaks contract 1`]),
    ...(typeof name === 'string' ? [] : ['it has no name']),
    ...(typeof start === 'function' ? [] : ['it has no start()']),
  ]
}
