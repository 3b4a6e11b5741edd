import Module from 'node:module'
import type { Server } from 'node:net'

import type { Logger } from '@nunicorn/contract'

import { catchFirstListen } from './first-listen.ts'

/** A program that takes longer may be one that never listens; somebody has to say so before boot-timeout ends it. */
const wonderAfterMs = 5_000

/**
 * Runs a program as `node file` does, and resolves with the first server that it calls listen() of. That server does not
 * listen; all others do.
 *
 * Rejects with whatever the program dies of before that.
 */
export async function loadProgram(file: string, log: Logger): Promise<Server> {
  using listen = catchFirstListen()
  using death = watchForDeath()
  using _ = remind(() => log.warning(stillSilent(file)))
  process.argv[1] = file
  // Not import(): to the program, `require.main === module` and `import.meta.main` have to hold.
  Module.runMain(file)
  return await Promise.race([listen.server, death.cause])
}

/** What would end the process, unless the program looks after that itself. */
function watchForDeath(): Disposable & { readonly cause: Promise<never> } {
  const { promise, reject } = Promise.withResolvers<never>()
  const die = (error: unknown): void => {
    if (process.listenerCount('uncaughtException') === 1) reject(error)
  }
  process.on('uncaughtException', die)
  return { cause: promise, [Symbol.dispose]: () => void process.off('uncaughtException', die) }
}

function remind(remember: () => void): Disposable {
  const timer = setTimeout(remember, wonderAfterMs)
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}

function stillSilent(file: string): string {
  return (
    `${file} has been running for ${wonderAfterMs / 1_000} s and has not called listen(). ` +
    'The worker class script waits for that; for a file that exports an app, choose another class with -k.'
  )
}
