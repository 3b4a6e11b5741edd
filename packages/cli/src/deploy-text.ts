import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { type Invocation, loadSettings } from './load-settings.ts'

/**
 * `nunicorn deploy [TARGET] [APP] [SETTINGS]`. The word is a command only as the first argument; an app of that name is
 * `./deploy`.
 *
 * @throws NunicornError of `deploy`
 */
export async function deployText(invocation: Invocation): Promise<string> {
  const { argv, directory } = invocation
  const { deploy } = await import('@nunicorn/deploy')
  return await deploy({
    argv,
    loadSettings: async (rest) => (await loadSettings({ ...invocation, argv: rest })).resolved,
    place: { directory, node: process.execPath, command: commandPath(directory) },
  })
}

/** The command as the app has it installed, by a path that stays when pnpm brings another version. */
function commandPath(directory: string): string {
  const own = fileURLToPath(new URL('../bin/nunicorn.js', import.meta.url))
  const installed = join(directory, 'node_modules/nunicorn/bin/nunicorn.js')
  try {
    return realpathSync(installed) === realpathSync(own) ? installed : own
  } catch {
    return own
  }
}
