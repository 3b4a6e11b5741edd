import type { FleetView } from '@nunicorn/view'

import type { TopClient } from './client.ts'
import { type WatchTiming, watchInstance } from './watch.ts'

/** A view with rates in it, for which it takes two looks. Undefined if the instance has gone meanwhile. */
export async function takeSnapshot(
  client: TopClient,
  timing: WatchTiming = {},
): Promise<FleetView | undefined> {
  using watch = watchInstance(client, timing)
  const seen = Promise.withResolvers<FleetView>()
  watch.subscribe(() => {
    const { fleet } = watch.view()
    if (fleet.history.length >= 2) seen.resolve(fleet)
  })
  // Awaited here: the watch ends with this function.
  return await Promise.race([seen.promise, watch.gone.then(() => undefined)])
}
