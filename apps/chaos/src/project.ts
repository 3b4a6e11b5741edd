import { readFileSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Deployed } from './build.ts'

/** The folder from which an app is served: builds come into it as in a deploy. Removed when disposed of. */
export interface Project extends AsyncDisposable {
  readonly directory: string
  readonly ledgerPath: string
  path(name: string): string
  /** Replaces a file in one step. */
  write(name: string, text: string): Promise<void>
  /** Puts another build in place, for the systems of both languages. Nobody reloads by that. */
  deploy(build: Deployed): Promise<void>
  /** The ids of all requests that have arrived anywhere, in the order of their arrival. */
  arrivals(): readonly string[]
}

export async function createProject(build: Deployed): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), 'nunicorn-chaos-'))
  const path = (name: string): string => join(directory, name)
  const ledgerPath = path('ledger.txt')
  async function write(name: string, text: string): Promise<void> {
    await writeFile(path(`.${name}.new`), text)
    await rename(path(`.${name}.new`), path(name))
  }
  const project: Project = {
    directory,
    ledgerPath,
    path,
    write,
    async deploy(next) {
      await write('app.mjs', javaScriptOf(next))
      await write('app.py', pythonOf(next))
    },
    arrivals: () => readFileSync(ledgerPath, 'utf8').split('\n').filter(Boolean),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
  await writeFile(ledgerPath, '')
  await project.deploy(build)
  return project
}

const appModule = import.meta.resolve('./app.ts')
const servers = fileURLToPath(new URL('servers', import.meta.url))

function javaScriptOf(build: Deployed): string {
  if (build === 'syntax-error') return 'export default (\n'
  return `import { createApp } from ${JSON.stringify(appModule)}
export default await createApp(${JSON.stringify(build)})
`
}

function pythonOf(build: Deployed): string {
  if (build === 'syntax-error') return 'app = (\n'
  const { version, boot = 'good' } = build
  return `import sys
sys.path.insert(0, ${JSON.stringify(servers)})
from python_app import create_app
app = create_app(${JSON.stringify(version)}, ${JSON.stringify(boot)})
`
}
