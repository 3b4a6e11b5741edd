// Adds up the reports that vitest writes in CI and names what failed, so that the end of a log says it all.
// Fails when a test failed or when none was run.
import { globSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'

interface Report {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly TestFile[]
}

interface TestFile {
  readonly name: string
  readonly status: string
  /** Why the file itself failed, without a test of its own that did. */
  readonly message: string
  readonly assertionResults: readonly Test[]
}

interface Test {
  readonly fullName: string
  readonly status: string
  readonly failureMessages?: readonly string[]
}

const reports = globSync('{.,tests/lowest-peers}/node_modules/.vitest/*.json').map(
  (file) => JSON.parse(readFileSync(file, 'utf8')) as Report,
)
const sum = (count: (report: Report) => number): number =>
  reports.reduce((total, report) => total + count(report), 0)

for (const file of reports.flatMap((report) => report.testResults)) {
  const path = relative(process.cwd(), file.name)
  const failed = file.assertionResults.filter(({ status }) => status === 'failed')
  for (const { fullName, failureMessages = [] } of failed)
    console.log(`failed: ${path}: ${fullName}\n${beginning(failureMessages.join('\n'))}`)
  if (failed.length === 0 && file.status === 'failed')
    console.log(`failed: ${path}\n${beginning(file.message)}`)
}

const passed = sum((report) => report.numPassedTests)
// A file that cannot even be loaded fails without failing a test of its own: it counts as one.
const failed = sum((report) => report.numFailedTests || Number(!report.success))
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

function beginning(message: string): string {
  return message.split('\n').slice(0, 12).join('\n')
}
