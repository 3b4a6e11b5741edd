import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of a user's: files come and go in it as in a deploy. Removed when disposed of. */
export interface Project extends AsyncDisposable {
  readonly directory: string
  path(name: string): string
  /** Replaces a file in one step, as a good deploy does. */
  write(name: string, text: string): Promise<void>
  remove(name: string): Promise<void>
}

export async function createProject(
  files: Readonly<Record<string, string>> = {},
): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), 'nunicorn-test-'))
  const project: Project = {
    directory,
    path: (name) => join(directory, name),
    async write(name, text) {
      const temporary = join(directory, `.${name}.new`)
      await writeFile(temporary, text)
      await rename(temporary, join(directory, name))
    },
    remove: (name) => rm(join(directory, name), { force: true }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
  for (const [name, text] of Object.entries(files)) await project.write(name, text)
  return project
}
