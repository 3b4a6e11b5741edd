import { execFile, execFileSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { createProject } from './support/project.ts'

const run = promisify(execFile)
const command = fileURLToPath(new URL('../bin/nunicorn.js', import.meta.url))

async function deploy(directory: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [command, 'deploy', ...args], {
    cwd: directory,
    env: { ...process.env, PWD: directory },
  })
  return stdout
}

/** Who has this repository in a home cannot serve it as a user who exists only while the service runs. */
const owner = /^\/(home|root)\//.test(command) ? ['--run-as', 'daemon'] : []
const settings = ['-b', '127.0.0.1:8000', '-b', 'unix:/run/shop.sock', '-n', 'shop', ...owner]

describe('nunicorn deploy', () => {
  it('lists its targets', async () => {
    await using project = await createProject()
    expect(await deploy(project.directory)).toMatch(/Targets:\n.*systemd/)
  })

  it('reads the config file, and refuses everything that contradicts at once', async () => {
    await using project = await createProject({
      'app.mjs': appSource(),
      'nunicorn.config.json': JSON.stringify({ gracefulTimeout: '2m', pid: 'app.pid' }),
    })
    const failed = (await deploy(
      project.directory,
      'systemd',
      'app.mjs',
      '--stop-timeout',
      '1m',
    ).catch((error: unknown) => error)) as { readonly code: number; readonly stderr: string }
    expect(failed.code).toBe(1)
    expect(failed.stderr).toMatch(/stop-timeout \(flag --stop-timeout\).*graceful-timeout 2m.*122s/)
    expect(failed.stderr).toMatch(/pid \(file nunicorn\.config\.json\)/)
    expect(failed.stderr).toMatch(/PrivateTmp/)
  })
})

const skipped = /^\/(var\/)?tmp\//.test(command)
  ? ' (skipped: services do not see /tmp, where this repository is)'
  : isThere('systemd-analyze')
    ? ''
    : ' (skipped: there is no systemd-analyze)'

describe.skipIf(skipped)(`the units of systemd${skipped}`, () => {
  it('are what systemd can read without a word, and likes', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    // From a folder that a service could read, unlike those in /tmp.
    const units = project.path('units')
    await deploy('/', 'systemd', 'app.mjs', ...settings, '--output', units)
    expect(await readdir(units)).toEqual(['shop.service', 'shop.socket'])
    const verified = await run('systemd-analyze', [
      'verify',
      '--man=no',
      `${units}/shop.service`,
      `${units}/shop.socket`,
    ])
    expect(verified.stderr + verified.stdout).toBe('')
    // Exits with 1 if the exposure, from 0 to 100, is more than that.
    const { stdout } = await run('systemd-analyze', [
      'security',
      '--offline=true',
      '--no-pager',
      '--threshold=20',
      `${units}/shop.service`,
    ])
    expect(stdout).toMatch(/Overall exposure level for shop\.service: \d\.\d OK/)
    expect(await readFile(`${units}/shop.service`, 'utf8')).toContain(
      `ExecStart=${process.execPath}`,
    )
  })
})

function isThere(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
