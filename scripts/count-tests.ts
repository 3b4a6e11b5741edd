// Adds up the reports that vitest writes in CI. Fails when a test failed or when none was run.
import { globSync, readFileSync } from 'node:fs'

interface Report {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
}

const reports = globSync('{.,tests/lowest-peers}/node_modules/.vitest/*.json').map(
  (file) => JSON.parse(readFileSync(file, 'utf8')) as Report,
)
const sum = (count: (report: Report) => number): number =>
  reports.reduce((total, report) => total + count(report), 0)

const passed = sum((report) => report.numPassedTests)
// A file that cannot even be loaded fails without failing a test of its own: it counts as one.
const failed = sum((report) => report.numFailedTests || Number(!report.success))
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
