import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { makeReportFolder, readFatalReport } from '../src/fatal-report.ts'
import { causeOf, type Exit } from '../src/machine/index.ts'

const report = JSON.stringify({
  header: { event: 'Allocation failed - JavaScript heap out of memory', trigger: 'OOMError' },
  javascriptStack: { message: 'No stack.', stack: ['Unavailable.'] },
  javascriptHeap: { usedMemory: 50, memoryLimit: 64 },
})

const aborted: Exit = { code: null, signal: 'SIGABRT', outOfMemory: false, heapFull: false }

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'nunicorn-test-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

it('a report is read once, so that a later worker with the same pid has none', () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'worker-7.json'), report)
  const read = readFatalReport(folder.path, 7)
  expect(read).toMatchObject({
    trigger: 'OOMError',
    heapUsedBytes: 50,
    heapLimitBytes: 64,
    stack: [],
  })
  expect(existsSync(read?.file ?? '')).toBe(true)
  expect(readFatalReport(folder.path, 7)).toBeUndefined()
})

it.each(['', '{', 'null', '[]', '{"header":null}'])('%j is no report', (text) => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'worker-7.json'), text)
  expect(readFatalReport(folder.path, 7)).toBeUndefined()
})

it('an app that dies of it again and again leaves twenty reports at most', () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'notes.json'), '')
  for (let pid = 1; pid <= 30; pid += 1) {
    writeFileSync(join(folder.path, `worker-${pid}.json`), report)
    readFatalReport(folder.path, pid)
  }
  expect(readdirSync(folder.path)).toHaveLength(21)
})

it('a folder in which nothing was written is removed, any other stays', () => {
  const [empty, full] = [makeReportFolder(), makeReportFolder()]
  writeFileSync(join(full.path!, 'worker-1.json'), report)
  empty.close()
  full.close()
  expect([existsSync(empty.path!), existsSync(full.path!)]).toEqual([false, true])
  rmSync(full.path!, { recursive: true })
})

it('a report tells a full heap from other aborts, whatever the last beat said and whatever the signal', () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'worker-7.json'), report)
  writeFileSync(
    join(folder.path, 'worker-8.json'),
    JSON.stringify({ header: { event: 'Assertion failed', trigger: 'FatalError' } }),
  )
  const [full, other] = [7, 8].map((pid) => readFatalReport(folder.path, pid)!)
  expect(causeOf({ ...aborted, signal: 'SIGTRAP', report: full! })).toMatchObject({ type: 'heap' })
  expect(causeOf({ ...aborted, heapFull: true, report: other! })).toMatchObject({
    type: 'signal',
    report: { event: 'Assertion failed' },
  })
  expect(causeOf(aborted)).toEqual({ type: 'signal', signal: 'SIGABRT' })
  expect(causeOf({ ...aborted, heapFull: true })).toEqual({ type: 'heap' })
})
