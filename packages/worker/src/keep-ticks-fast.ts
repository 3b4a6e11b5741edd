import { executionAsyncResource } from 'node:async_hooks'

/** What keeps the shape alive; it holds nothing else. */
let kept: object | undefined

/**
 * Keeps `process.nextTick()`, which every answer of an HTTP server calls several times, at the speed that it begins with.
 *
 * Node makes an object with computed keys for each tick, and V8 remembers one shape for such a literal, weakly. A full
 * garbage collection that finds no tick waiting frees the shape; the next tick gets a new one, V8 takes the literal for
 * one of many shapes, for good, and a tick costs six times as much: 0.05 us become 0.26, in code compiled later too. A
 * worker has loaded more than a bare process by the time it answers its first request, so that it met this at nearly
 * every start (a seventh of the CPU time of a request to Nest). One tick's object that stays alive keeps the shape.
 */
export function keepTicksFast(): void {
  process.nextTick(() => {
    // Within a tick that is the object of the tick.
    kept ??= executionAsyncResource()
  })
}
