import { statSync } from 'node:fs'
import { resolve } from 'node:path'

import { NunicornError } from '@nunicorn/contract'

/**
 * The working directory by the name that the user knows it by. A deploy that moves a symlink (`current`) is seen by the
 * next reload only if the link itself is followed again, so `$PWD` is preferred to the resolved path of getcwd(3).
 */
export function workingDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const { PWD: logical } = env
  return logical !== undefined && isSame(logical, '.') ? logical : process.cwd()
}

function isSame(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) => statSync(path, { throwIfNoEntry: false }))
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev
}

/**
 * Enters the directory of `--chdir`, seen from where the command was started. Returns its name.
 * @throws NunicornError `no-directory`.
 */
export function enterDirectory(start: string, chdir: string | undefined): string {
  const directory = resolve(start, chdir ?? '.')
  try {
    process.chdir(directory)
    return directory
  } catch (error) {
    throw new NunicornError({
      code: 'no-directory',
      message: `The directory ${directory} cannot be entered: ${error instanceof Error ? error.message : String(error)}.`,
      hint: 'Check the path given to --chdir.',
      cause: error,
    })
  }
}
