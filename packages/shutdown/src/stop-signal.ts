/** An AbortSignal that follows process signals until it is disposed of (`using stop = stopSignal()`). */
export interface StopSignal extends AbortSignal, Disposable {}

/** The `reason` of an aborted {@link StopSignal}. */
export class SignalReceived extends Error {
  readonly signal: NodeJS.Signals

  constructor(signal: NodeJS.Signals) {
    super(`Received ${signal}`)
    this.name = 'SignalReceived'
    this.signal = signal
  }
}

/**
 * Makes an AbortSignal that aborts at the first of these process signals; its reason is a {@link SignalReceived}.
 *
 * Later signals have no effect either, until it is disposed of: Ctrl-C under `npm` delivers the same SIGINT twice, and
 * the second must not end the work that the first asked to finish.
 */
export function stopSignal(
  options: { readonly signals?: readonly NodeJS.Signals[] } = {},
): StopSignal {
  const { signals = ['SIGTERM', 'SIGINT'] } = options
  const controller = new AbortController()
  const abort = (signal: NodeJS.Signals): void => controller.abort(new SignalReceived(signal))
  const dispose = (): void => {
    for (const signal of signals) process.off(signal, abort)
  }
  for (const signal of signals) process.on(signal, abort)
  return Object.assign(controller.signal, { [Symbol.dispose]: dispose })
}
