import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { beforeAll, describe, expect, it } from 'vitest'

import { faults } from './fixtures/faults.ts'

interface Result {
  readonly fullName: string
  readonly status: string
  readonly failureMessages: readonly string[]
}

describe('testWorkerClass', () => {
  let results: readonly Result[]
  beforeAll(async () => void (results = await runVitest()))

  it.each(faults)('finds the fault of a class that $fault: "$title"', ({ fault, title, says }) => {
    const result = results.find(({ fullName }) => fullName === fullNameOf({ fault, title }))
    expect(result?.status).toBe('failed')
    expect(result?.failureMessages.join('\n')).toContain(says)
  })
})

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly Result[] }[]
}

/** The results of the cases that have to fail, from a vitest of their own. */
async function runVitest(): Promise<readonly Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'nunicorn-'))
  try {
    const file = join(folder, 'report.json')
    const output = await runFaulty(`--outputFile=${file}`)
    const report = await readFile(file, 'utf8').catch(() => Promise.reject(new Error(output)))
    const { testResults } = JSON.parse(report) as Report
    return testResults.flatMap(({ assertionResults }) => assertionResults)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** What it has printed. It exits with 1, because cases fail. */
function runFaulty(option: string): Promise<string> {
  const require = createRequire(import.meta.url)
  const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs')
  const config = join(import.meta.dirname, 'fixtures/vitest.config.ts')
  const pattern = faults.map(({ fault, title }) => `${fault} .*${title}`).join('|')
  const args = [vitest, 'run', '--config', config, '-t', pattern, option]
  return new Promise((resolve) => {
    execFile(process.execPath, args, (_error, stdout, stderr) => resolve(stdout + stderr))
  })
}

function fullNameOf({ fault, title }: { readonly fault: string; readonly title: string }): string {
  return `${fault} worker class under test ${title}`
}
