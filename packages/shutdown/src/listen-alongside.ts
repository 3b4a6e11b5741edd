import type { EventEmitter } from 'node:events'

/** Each event has its own arguments, as in EventEmitter itself. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Listener = (...args: any[]) => void

/**
 * Keeps each listener first among the listeners of its event, and there only while the event has another one.
 *
 * For Node a listener is also a statement of ability: a server that listens to `upgrade` takes upgrade requests away from
 * `request`, one that listens to `checkContinue` must send the 100 itself, and an HTTP/2 server that listens to
 * `request` wraps every stream. Somebody who only watches must not make these statements for the app.
 *
 * @returns a function that puts the listeners in front of those that the app has prepended since
 */
export function listenAlongside(
  emitter: EventEmitter,
  listeners: ReadonlyMap<string, Listener>,
): () => void {
  const hasOthers = (event: string, own: Listener): boolean =>
    emitter.listenerCount(event) > emitter.listenerCount(event, own)

  function toFront(): void {
    for (const [event, own] of listeners) {
      emitter.removeListener(event, own)
      if (hasOthers(event, own)) emitter.prependListener(event, own)
    }
  }

  emitter.on('newListener', (event: string, added: Listener) => {
    const own = listeners.get(event)
    if (own && own !== added && emitter.listenerCount(event, own) === 0)
      emitter.prependListener(event, own)
  })
  emitter.on('removeListener', (event: string, removed: Listener) => {
    const own = listeners.get(event)
    if (own && own !== removed && !hasOthers(event, own)) emitter.removeListener(event, own)
  })
  toFront()
  return toFront
}
