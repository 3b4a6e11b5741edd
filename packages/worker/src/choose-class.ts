import { NunicornError, type WorkerClass } from '@nunicorn/contract'

import { type KnownClass, knownClasses } from './known-classes.ts'
import { describe } from './load-app.ts'
import { importClass, locateClass, packageOf, type SearchPlaces } from './resolve-class.ts'

/** What `-k auto` came to. */
export interface Choice {
  readonly workerClass: WorkerClass
  /** For the log: `the app is an Express app`. */
  readonly why: string
}

/**
 * Whether `value` may be an app at all. As long as the app is still being looked for among what a module exports, no
 * class has been imported that could tell.
 */
export function mayBeApp(value: unknown): boolean {
  return knownClasses.some((known) => known.mayTake(value))
}

/**
 * Finds the one installed class that accepts `app`; a general class only where no other does.
 *
 * @param options.reference APP, for the error messages
 * @throws NunicornError `ambiguous-class`, `class-not-found` if the class for the app is not installed, `no-app` if there
 * is none, `bad-class`
 */
export async function chooseClass(
  app: unknown,
  options: SearchPlaces & { readonly reference: string },
): Promise<Choice> {
  const likely = knownClasses.filter((known) => known.mayTake(app))
  for (const isGeneral of [false, true]) {
    const asked = likely.filter(({ general = false }) => general === isGeneral)
    const takers = await takersOf(app, { asked, from: options })
    const [taker] = takers
    if (takers.length > 1) throw ambiguous(takers, options.reference)
    if (taker) return { workerClass: taker.workerClass, why: `the app is ${taker.known.app}` }
  }
  const missing = likely.find(({ name }) => locateClass(name, options) === undefined)
  throw missing ? notInstalled(missing, options.reference) : nobodyTakes(app, options)
}

interface Taker {
  readonly known: KnownClass
  readonly workerClass: WorkerClass
}

async function takersOf(
  app: unknown,
  { asked, from }: { readonly asked: readonly KnownClass[]; readonly from: SearchPlaces },
): Promise<readonly Taker[]> {
  const takers: Taker[] = []
  for (const known of asked) {
    const file = locateClass(known.name, from)
    if (file === undefined) continue
    const workerClass = await importClass({ name: known.name, file })
    if ('accepts' in workerClass && workerClass.accepts?.(app)) takers.push({ known, workerClass })
  }
  return takers
}

function ambiguous(takers: readonly Taker[], reference: string): NunicornError {
  const flags = takers.map(({ known }) => `-k ${known.name}`)
  return new NunicornError({
    code: 'ambiguous-class',
    message: `More than one installed worker class takes the app ${reference}: ${takers.map(({ known }) => known.name).join(', ')}.`,
    hint: `Choose one: ${flags.join(' or ')}.`,
  })
}

function notInstalled({ name, app }: KnownClass, reference: string): NunicornError {
  return new NunicornError({
    code: 'class-not-found',
    message: `The app ${reference} looks like ${app}, and the worker class for it is not installed.`,
    hint: `Install it with "npm install ${packageOf(name)}", or choose another class with -k.`,
  })
}

function nobodyTakes(
  app: unknown,
  { reference, ...from }: SearchPlaces & { readonly reference: string },
): NunicornError {
  const installed = knownClasses.filter(({ name }) => locateClass(name, from) !== undefined)
  return new NunicornError({
    code: 'no-app',
    message: `${reference} is no app for any installed worker class (${installed.map(({ name }) => name).join(', ')}): found ${describe(app)}.`,
    hint: 'Export the app itself, or choose a worker class with -k; "nunicorn workers" tells what each takes.',
  })
}
