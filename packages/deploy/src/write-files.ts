import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { NunicornError } from '@nunicorn/contract'

import type { DeployFile } from './target.ts'

/**
 * Writes all files or none. Files that somebody has changed by hand are not replaced unasked.
 *
 * @returns what was written, for people
 * @throws NunicornError `file-exists`
 */
export async function writeFiles(
  files: readonly DeployFile[],
  { output, force }: { readonly output: string; readonly force: boolean },
): Promise<string> {
  const texts = await Promise.all(files.map(({ path }) => read(join(output, path))))
  const changed = files.filter(({ text }, index) => ![undefined, text].includes(texts[index]))
  if (changed.length > 0 && !force) throw fileExists(changed.map(({ path }) => join(output, path)))
  for (const { path, text } of files) {
    await mkdir(dirname(join(output, path)), { recursive: true })
    await writeFile(join(output, path), text)
  }
  return files.map(({ path }) => `Wrote ${join(output, path)}`).join('\n')
}

async function read(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

function fileExists(paths: readonly string[]): NunicornError {
  return new NunicornError({
    code: 'file-exists',
    message: `There is something else already: ${paths.join(', ')}.`,
    hint: 'Nothing was written. Name another folder, or add --force to replace it.',
  })
}
