import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { NunicornError } from '@nunicorn/contract'

import type { Invocation } from './load-settings.ts'
import { commandFile } from './package.ts'

/** No dependency of the command: it brings React, of which who only serves has no need. */
const topPackage = '@nunicorn/top'

interface TopModule {
  readonly runTopCommand: (invocation: Invocation) => Promise<number>
}

/**
 * `nunicorn top ...`, if that is installed beside the command or where it is called.
 * @throws NunicornError `not-installed`, and what it throws itself
 */
export async function runTop(invocation: Invocation): Promise<number> {
  const file = [commandFile, join(invocation.directory, 'package.json')]
    .map((from) => findFrom(from))
    .find((found) => found !== undefined)
  if (file === undefined) {
    throw new NunicornError({
      code: 'not-installed',
      message: '`nunicorn top` is a package of its own, which is not installed.',
      hint: `npm install ${topPackage}`,
    })
  }
  const { runTopCommand } = (await import(pathToFileURL(file).href)) as TopModule
  return await runTopCommand(invocation)
}

function findFrom(file: string): string | undefined {
  try {
    return createRequire(file).resolve(topPackage)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
