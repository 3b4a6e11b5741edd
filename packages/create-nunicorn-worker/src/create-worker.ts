import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface CreateOptions {
  /** The new folder; its last part is the name of the package. */
  readonly folder: string
  /** The range of nunicorn's packages to depend on. */
  readonly version: string
}

const template = fileURLToPath(new URL('../template', import.meta.url))

/** npm leaves files of these names out of a package, or takes them for its own. */
const realNames: Readonly<Record<string, string>> = {
  'package.template.json': 'package.json',
  'tsconfig.template.json': 'tsconfig.json',
  gitignore: '.gitignore',
}

/**
 * Writes the package of a worker class, whose test passes as it is, and returns its absolute path.
 * @throws Error if the name is no name for a package, or the folder has something in it.
 */
export async function createWorker({ folder, version }: CreateOptions): Promise<string> {
  const directory = resolve(folder)
  const name = basename(directory)
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name))
    throw new Error(`"${name}" is no name for a package: use a-z, 0-9, "-", "." and "_".`)
  await mkdir(directory, { recursive: true })
  if ((await readdir(directory)).length > 0)
    throw new Error(`${directory} is not empty: name a new folder.`)
  await cp(template, directory, { recursive: true })
  for (const [from, to] of Object.entries(realNames))
    await rename(join(directory, from), join(directory, to))
  for (const file of ['package.json', 'README.md', 'src/index.ts'])
    await fill(join(directory, file), { name, version })
  return directory
}

async function fill(file: string, values: Readonly<Record<string, string>>): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(
    file,
    text.replaceAll(/{{(\w+)}}/g, (whole, key: string) => values[key] ?? whole),
  )
}
