import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that is removed when disposed of. */
export function temporaryFolder(): Disposable & { path(name?: string): string } {
  const folder = mkdtempSync(join(tmpdir(), 'nunicorn-test-'))
  return {
    path: (name = '') => join(folder, name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
