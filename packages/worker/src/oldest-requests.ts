import type { OpenRequest } from '@nunicorn/contract'

/** What `requests-in-flight.ts` of worker-http leaves in the process, where a class makes use of it. */
interface Table {
  oldest(): readonly OpenRequest[]
}

const place = Symbol.for('nunicorn.requests-in-flight')

/** The requests that this process has held for longest, where that is known. It never throws: it is asked for when all is lost. */
export function oldestRequests(): readonly OpenRequest[] {
  try {
    return (globalThis as { readonly [place]?: Partial<Table> })[place]?.oldest?.() ?? []
  } catch {
    return []
  }
}
