// Checks every published package as it would be published: packed, then read by publint and by "are the types wrong".
import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'nunicorn-packages-'))
try {
  pack(folder)
  const tarballs = globSync('*.tgz', { cwd: folder }).map((name) => join(folder, name))
  const failed = tarballs.filter((tarball) => !isPublishable(tarball))
  console.log(`${tarballs.length - failed.length} of ${tarballs.length} packages can be published`)
  process.exitCode = failed.length === 0 && tarballs.length > 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true })
}

function pack(destination: string): void {
  const args = ['--recursive', '--silent', '--filter', './packages/*', 'pack']
  execFileSync('pnpm', [...args, '--pack-destination', destination], { stdio: 'inherit' })
}

function isPublishable(tarball: string): boolean {
  return [
    ['publint', 'run', tarball, '--strict'],
    ['attw', tarball, '--profile', 'esm-only', '--no-emoji'],
  ].every(([command = '', ...args]) => {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    if (status !== 0) console.error(`${command} ${tarball}\n${stdout}${stderr}`)
    return status === 0
  })
}
