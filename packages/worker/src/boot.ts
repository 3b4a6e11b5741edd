import {
  type BootOrder,
  type BootStage,
  NunicornError,
  type RunningWorker,
  type WorkerClass,
  type WorkerContext,
} from '@nunicorn/contract'

import { describe, loadApp } from './load-app.ts'
import { resolveClass } from './resolve-class.ts'

export interface Booted {
  readonly workerClass: WorkerClass
  readonly running: RunningWorker
}

/** Finds the class, loads the app, and starts the one with the other. */
export async function boot(order: BootOrder, context: WorkerContext): Promise<Booted> {
  const directory = process.cwd()
  const workerClass = await resolveClass(order.workerClass, { directory, command: order.command })
  const accepts = workerClass.accepts?.bind(workerClass)
  const app = await loadApp(order.app, { directory, ...(accepts && { accepts }) })
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
  return { workerClass, running: await workerClass.start(app, context) }
}

/** Whether a failure to boot means that APP names nothing that can be served, or that the code behind it failed. */
export function stageOf(error: unknown): BootStage {
  const references = [
    'bad-app',
    'app-not-found',
    'export-not-found',
    'no-app',
    'class-not-found',
    'bad-class',
  ]
  return error instanceof NunicornError && references.includes(error.code) ? 'app-load' : 'boot'
}
