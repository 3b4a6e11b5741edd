import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { isNunicornError, NunicornError, reportError } from '@nunicorn/contract'

import { type AppReference, parseAppReference } from './app-reference.ts'
import { explainImport } from './explain-import.ts'

const extensions = ['.ts', '.mts', '.js', '.mjs', '.cjs']

/** What a module exports, by name. */
type Exports = Readonly<Record<string, unknown>>

/**
 * Imports the module that APP names and picks the app out of it.
 *
 * @param options.accepts tells an app from other values; it decides when a module has neither a default export nor `app`.
 * @throws NunicornError `app-not-found`, `export-not-found`, `no-app` (the reference is wrong), or `app-threw` and
 * `app-syntax` (the code behind it is).
 */
export async function loadApp(
  text: string,
  options: { readonly directory: string; readonly accepts?: (app: unknown) => boolean },
): Promise<unknown> {
  const reference = parseAppReference(text)
  const file = findFile(reference, options.directory)
  const exports = realExports(await importModule(file), options.accepts)
  const value = await pick(exports, { reference, file, accepts: options.accepts })
  return reference.isFactory ? await callFactory(value, { reference, file }) : value
}

/**
 * Gives the program that APP names to a worker class that runs it by itself.
 *
 * @throws NunicornError `bad-app` if APP names an export, `app-not-found`; `app-threw` and `app-syntax` if the program failed.
 */
export async function runApp(
  text: string,
  options: { readonly directory: string; readonly load: (file: string) => Promise<unknown> },
): Promise<unknown> {
  const reference = parseAppReference(text)
  if (reference.exportName !== undefined) throw notWhole(text, reference)
  const file = findFile(reference, options.directory)
  try {
    return await options.load(file)
  } catch (error) {
    throw isNunicornError(error) ? error : explainImport(error, file)
  }
}

function notWhole(text: string, { path }: AppReference): NunicornError {
  return new NunicornError({
    code: 'bad-app',
    message: `APP ${JSON.stringify(text)} names an export, but the worker class runs whole programs.`,
    hint: `Give the path alone, ${path}, or choose another worker class with -k.`,
  })
}

function findFile({ path }: AppReference, directory: string): string {
  const base = resolve(directory, path)
  const found = lookFor(base)
  if (found !== undefined) return found
  throw new NunicornError({
    code: 'app-not-found',
    message: existsSync(base)
      ? `The app ${base} is a directory.`
      : `The app ${base} does not exist.`,
    hint: existsSync(base)
      ? 'Name the file in it that exports the app.'
      : `Looked for ${path} as it is and with ${extensions.join(', ')}, from ${directory}; check the path, or --chdir.`,
  })
}

function lookFor(base: string): string | undefined {
  try {
    return [base, ...extensions.map((extension) => base + extension)].find(isFile)
  } catch (cause) {
    // A name too long, a loop of links, a folder that may not be entered.
    throw new NunicornError({
      code: 'app-not-found',
      message: `The app ${base} cannot be looked up: ${reportError(cause).message}.`,
      hint: 'Check the path, its links and who may read them.',
    })
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

async function importModule(file: string): Promise<Exports> {
  try {
    return (await import(pathToFileURL(file).href)) as Exports
  } catch (error) {
    throw explainImport(error, file)
  }
}

/**
 * The `module.exports` of CommonJS stand one level down, as the default export. They are the real exports if a compiler
 * made them of an ES module, or if they are no app themselves and Node has found names in them.
 */
function realExports(module: Exports, accepts: (app: unknown) => boolean = () => true): Exports {
  const inner = module['default']
  if (typeof inner !== 'object' || inner === null) return module
  const exports = inner as Exports
  const found = Object.keys(module).some(
    (name) => name in exports && module[name] === exports[name],
  )
  return '__esModule' in exports || (found && !accepts(exports)) ? exports : module
}

interface Choice {
  readonly reference: AppReference
  readonly file: string
  readonly accepts?: ((app: unknown) => boolean) | undefined
}

/** The named export; else the default export, else `app`, else the one export that is an app. */
async function pick(exports: Exports, { reference, file, accepts }: Choice): Promise<unknown> {
  const names = Object.keys(exports).filter((name) => name !== 'module.exports')
  if (reference.exportName !== undefined) {
    if (names.includes(reference.exportName)) return await exports[reference.exportName]
    throw new NunicornError({
      code: 'export-not-found',
      message: `${file} has no export named ${reference.exportName}.`,
      hint: names.length === 0 ? 'It exports nothing.' : `It exports ${names.join(', ')}.`,
    })
  }
  for (const name of ['default', 'app']) {
    if (exports[name] !== undefined) return await exports[name]
  }
  const values = await Promise.all(names.map((name) => exports[name]))
  const apps = values.filter((value) => accepts?.(value) ?? typeof value === 'function')
  if (apps.length === 1) return apps[0]
  throw new NunicornError({
    code: 'export-not-found',
    message: `${file} has no default export and none named app.`,
    hint:
      names.length === 0
        ? 'It exports nothing: add `export default app`, or run a program that listens by itself with -k script.'
        : `It exports ${names.join(', ')}: say which one, as ${reference.path}:${names[0]}.`,
  })
}

async function callFactory(factory: unknown, { reference, file }: Choice): Promise<unknown> {
  if (typeof factory !== 'function') {
    throw new NunicornError({
      code: 'no-app',
      message: `${reference.exportName} of ${file} is called as a factory, but it is ${describe(factory)}.`,
      hint: `Leave out the (): ${reference.path}:${reference.exportName}.`,
    })
  }
  try {
    return await (factory as () => unknown)()
  } catch (error) {
    throw new NunicornError({
      code: 'app-threw',
      message: `The factory ${reference.exportName}() of ${file} threw.`,
      cause: error,
    })
  }
}

/** What a value is, for people who expected something else. */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return value === undefined ? 'undefined' : `a ${typeof value}`
  try {
    return describeObject(value)
  } catch {
    // A revoked proxy, or a getter that throws.
    return 'an object that cannot be looked at'
  }
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return 'an array'
  const name: unknown = value.constructor?.name
  if (name === undefined || name === 'Object') return 'a plain object'
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an object'
}
