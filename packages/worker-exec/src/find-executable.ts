import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, resolve } from 'node:path'

import { NunicornError } from '@nunicorn/contract'

export interface Surroundings {
  readonly directory: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * The file that a shell in `directory` would run for `name`: a path if it has a slash in it, else one of `$PATH`. Links are
 * not followed: a virtual environment of Python is known by the name of its link.
 *
 * @throws NunicornError `app-not-found`
 */
export function findExecutable(name: string, { directory, env }: Surroundings): string {
  const folders = name.includes('/') ? [''] : (env['PATH'] ?? '').split(delimiter)
  const candidates = folders.map((folder) => resolve(directory, folder, name))
  const found = candidates.find(isExecutable)
  if (found !== undefined) return found
  const present = candidates.find(isFile)
  throw new NunicornError({
    code: 'app-not-found',
    message: present
      ? `The program ${present} may not be executed.`
      : name.includes('/')
        ? `The program ${candidates[0]} does not exist.`
        : `The program ${JSON.stringify(name)} is in no folder of PATH.`,
    hint: present
      ? `Allow it with "chmod +x", or name the interpreter before it.`
      : name.includes('/')
        ? 'Check the path; it is relative to the working directory (--chdir).'
        : 'Check the name, or give its path: a file in the working directory begins with ./.',
  })
}

function isExecutable(file: string): boolean {
  if (!isFile(file)) return false
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
  } catch {
    return false
  }
}
