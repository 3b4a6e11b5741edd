import type { ArbiterSettings } from '@nunicorn/arbiter'
import { NunicornError, type Program } from '@nunicorn/contract'
import type { NunicornSettings } from '@nunicorn/settings'
import { resolveProgramClass } from '@nunicorn/worker/classes'

import { commandFile } from './package.ts'

/**
 * What each worker is to run, if `-k` names a class of programs.
 *
 * @throws NunicornError `app-load`
 */
export async function programFor(
  given: NunicornSettings,
  settings: ArbiterSettings,
): Promise<Program | undefined> {
  const { workerClass, directory, app, appArguments } = settings
  if (workerClass === 'auto') return undefined
  try {
    const programClass = await resolveProgramClass(workerClass, { directory, command: commandFile })
    return await programClass?.program({
      app,
      appArguments,
      workerClass: given.workerClass,
      directory,
      env: { ...process.env, ...settings.env },
      settings: {
        ...settings,
        logLevel: given.logLevel,
        probe: given.probe,
        accessLog: given.accessLogfile !== undefined,
        forwardedAllowIps: given.forwardedAllowIps.join(),
      },
    })
  } catch (error) {
    throw error instanceof Error ? asAppLoad(error) : error
  }
}

/** Of a class that was installed apart from the command, the error is of another copy of the contract. */
function asAppLoad(error: Error & { readonly hint?: string }): NunicornError {
  const { message, hint, cause } = error
  return new NunicornError({ code: 'app-load', message, ...(hint && { hint }), cause })
}
