import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder of a user, with these files in it, for as long as the test runs. */
export interface Project extends AsyncDisposable {
  readonly directory: string
}

export async function createProject(files: Readonly<Record<string, string>>): Promise<Project> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'nunicorn-project-')))
  for (const [path, text] of Object.entries(files)) {
    const file = join(directory, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) }
}
