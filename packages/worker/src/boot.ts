import {
  type BootOrder,
  type BootStage,
  NunicornError,
  type RunningWorker,
  type WorkerClass,
  type WorkerContext,
} from '@nunicorn/contract'

import { chooseClass, mayBeApp } from './choose-class.ts'
import { knownClasses } from './known-classes.ts'
import { describe, loadApp, runApp } from './load-app.ts'
import { resolveClass } from './resolve-class.ts'

export interface Booted {
  readonly workerClass: WorkerClass
  /** Why `-k auto` chose it. */
  readonly why?: string
  readonly running: RunningWorker
}

/** Finds the class, loads the app, and starts the one with the other. */
export async function boot(order: BootOrder, context: WorkerContext): Promise<Booted> {
  process.argv.splice(2, Infinity, ...order.appArguments)
  const { app, ...chosen } =
    order.workerClass === 'auto' ? await choose(order) : await find(order, context)
  return { ...chosen, running: await chosen.workerClass.start(app, context) }
}

interface Pair extends Omit<Booted, 'running'> {
  readonly app: unknown
}

/** The app first, and then the class that takes it. */
async function choose({ app: reference, command }: BootOrder): Promise<Pair> {
  const directory = process.cwd()
  const app = await loadApp(reference, { directory, accepts: mayBeApp })
  return { app, ...(await chooseClass(app, { reference, directory, command })) }
}

/** The class first, because it tells what an app is, or even runs it by itself. */
async function find(order: BootOrder, context: WorkerContext): Promise<Pair> {
  const directory = process.cwd()
  const workerClass = await resolveClass(order.workerClass, { directory, command: order.command })
  const accepts = workerClass.accepts?.bind(workerClass)
  const load = workerClass.load?.bind(workerClass)
  const app = load
    ? await runApp(order.app, { directory, load: (file) => load(file, context.log) })
    : await loadApp(order.app, {
        directory,
        ...(accepts && { accepts: (value: unknown) => accepts(value) && isUsual(order, value) }),
      })
  if (accepts && !accepts(app)) {
    throw new NunicornError({
      code: 'no-app',
      message: `${order.app} is no app for the worker class ${workerClass.name}: expected ${workerClass.takes ?? 'something else'}, found ${describe(app)}.`,
      hint:
        typeof app === 'function'
          ? 'If the function makes the app, call it: path:factory().'
          : 'Export the app itself, or choose another worker class with -k.',
    })
  }
  return { workerClass, app }
}

/**
 * Some classes take any function, because it may make the app. Among several exports the app is still the one that could
 * be nothing else; where there is none, APP has to name it.
 */
function isUsual({ workerClass }: BootOrder, value: unknown): boolean {
  return knownClasses.find(({ name }) => name === workerClass)?.mayTake(value) ?? true
}

/** Whether a failure to boot means that APP names nothing that can be served, or that the code behind it failed. */
export function stageOf(error: unknown): BootStage {
  const references = [
    'bad-app',
    'app-not-found',
    'export-not-found',
    'no-app',
    'class-not-found',
    'ambiguous-class',
    'bad-class',
  ]
  return error instanceof NunicornError && references.includes(error.code) ? 'app-load' : 'boot'
}
