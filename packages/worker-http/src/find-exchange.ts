import { isProxy } from 'node:util/types'

import type { Exchange } from '@nunicorn/shutdown'

/** An app has its request at hand, or what its framework has made of it: `context.req.raw`. */
const farthest = 3
/** A stopped process is looked into: that must end. */
const mostLooks = 5_000

/**
 * Finds the exchange whose request or answer can be reached from these objects by the fewest steps. Nothing is called on the
 * way, neither a getter nor a proxy: it is the app's code, and may be what hangs.
 */
export function findExchange(
  exchanges: readonly Exchange[],
  scopes: readonly unknown[],
): Exchange | undefined {
  const bySubject = new Map(
    exchanges.flatMap((exchange) => subjectsOf(exchange).map((subject) => [subject, exchange])),
  )
  const seen = new Set<unknown>()
  let level: readonly unknown[] = scopes
  for (let steps = 0; steps <= farthest; steps += 1) {
    const next: unknown[] = []
    for (const object of level) {
      const found = bySubject.get(object)
      if (found) return found
      if (seen.size >= mostLooks) return undefined
      if (!isOpen(object) || seen.has(object)) continue
      seen.add(object)
      next.push(...valuesOf(object))
    }
    level = next
  }
  return undefined
}

function subjectsOf(exchange: Exchange): readonly unknown[] {
  const { answer, stream } = exchange as { answer?: { req: unknown }; stream?: unknown }
  return [answer, answer?.req, stream].filter((subject) => subject !== undefined)
}

function isOpen(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && !isProxy(value) && !ArrayBuffer.isView(value)
  )
}

function valuesOf(object: object): readonly unknown[] {
  return Reflect.ownKeys(object)
    .slice(0, 100)
    .map((key) => valueOf(object, key))
    .filter((value) => typeof value === 'object' && value !== null)
}

/** A variable whose declaration has not been reached cannot be read, not even by a debugger. */
function valueOf(scope: object, key: PropertyKey): unknown {
  try {
    return Reflect.getOwnPropertyDescriptor(scope, key)?.value
  } catch {
    return undefined
  }
}
