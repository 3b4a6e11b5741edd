import { render } from 'ink'
import { createElement } from 'react'

import type { TopClient } from './client.ts'
import { Top } from './top.ts'
import { type WatchTiming, watchInstance } from './watch.ts'

export interface TopOptions extends WatchTiming {
  readonly client: TopClient
  /** Where profiles are written. */
  readonly directory: string
  readonly coloured: boolean
  readonly stdout?: NodeJS.WriteStream
  readonly stdin?: NodeJS.ReadStream
}

/**
 * Shows an instance until the user has enough (`quit`) or it has gone (`gone`). The terminal is as it was before, however
 * this ends.
 */
export async function runTop({
  client,
  directory,
  coloured,
  stdout = process.stdout,
  stdin = process.stdin,
  ...timing
}: TopOptions): Promise<'quit' | 'gone'> {
  using watch = watchInstance(client, timing)
  const top = render(createElement(Top, { watch, client, directory, coloured }), {
    stdout,
    stdin,
    alternateScreen: true,
    incrementalRendering: true,
    // Whoever calls has seen to it that it is a terminal; in CI, too.
    interactive: true,
  })
  const quit = top.waitUntilExit().then(() => 'quit' as const)
  const end = await Promise.race([quit, watch.gone.then(() => 'gone' as const)])
  top.unmount()
  await quit
  return end
}
