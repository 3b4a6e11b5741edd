import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { LoadGenerator, LoadResult } from '../load.ts'

/** @nunicorn/torture, for machines without wrk. It takes more CPU than wrk, so that figures are lower. */
export const ownClient: LoadGenerator = {
  description: '@nunicorn/torture',
  async run(load, signal) {
    const main = fileURLToPath(new URL('./own-client-main.ts', import.meta.url))
    const args = [main, JSON.stringify(load)]
    const { stdout } = await promisify(execFile)(process.execPath, args, { signal })
    return JSON.parse(stdout) as LoadResult
  },
}
