import type { Background } from './background.ts'

/**
 * Where a running worker can be found by the app: in the process, not in this module, because the app's own copy of this
 * package may be another than the one that runs it.
 */
const place: unique symbol = Symbol.for('nunicorn.worker') as never

type Api = Pick<Background, 'waitUntil' | 'onClose'>

interface Host {
  [place]?: Api
}

/**
 * Keeps the worker alive, when it drains, until `work` has settled or the graceful timeout is over.
 * Outside nunicorn it does nothing: the promise runs on by itself.
 */
export function waitUntil(work: PromiseLike<unknown>): void {
  ;(globalThis as Host)[place]?.waitUntil(work)
}

/**
 * Runs `close` when the worker has drained: the place to close database pools and queues. Last registered, first run.
 * Outside nunicorn it does nothing.
 */
export function onClose(close: () => unknown): void {
  ;(globalThis as Host)[place]?.onClose(close)
}

/** Lets the app reach this worker through {@link waitUntil} and {@link onClose}. */
export function publish(api: Api): void {
  ;(globalThis as Host)[place] = api
}
