/** What a client that holds something open does when the run is stopped; not any more, once disposed of. */
export function onStop(signal: AbortSignal, leave: () => void): Disposable {
  if (signal.aborted) leave()
  else signal.addEventListener('abort', leave, { once: true })
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', leave) }
}
