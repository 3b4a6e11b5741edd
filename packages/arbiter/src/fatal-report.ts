import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { FatalReport } from './machine/index.ts'

/** A folder for the reports that Node writes when a fatal error ends a worker. */
export interface ReportFolder {
  /** Undefined where none can be made: then there are no reports. */
  readonly path: string | undefined
  /** Removes it if nothing is in it. */
  close(): void
}

/** Larger ones are not read: they would be none of Node's. */
const longestReportBytes = 16 * 1_048_576
/** An app that runs out of memory again and again shall not fill the disk. */
const kept = 20

export function makeReportFolder(): ReportFolder {
  try {
    const path = mkdtempSync(join(tmpdir(), 'nunicorn-reports-'))
    return { path, close: () => removeIfEmpty(path) }
  } catch {
    return { path: undefined, close() {} }
  }
}

/**
 * The report of the worker with this pid, if it has left one: under a name that a later worker with the same pid does not
 * have. Older ones, beyond the last twenty, are removed.
 */
export function readFatalReport(folder: string, pid: number): FatalReport | undefined {
  const file = join(folder, `worker-${pid}.json`)
  try {
    if (statSync(file).size > longestReportBytes) return undefined
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report
    const lasting = join(folder, `${new Date().toISOString().replaceAll(':', '.')}-${pid}.json`)
    renameSync(file, lasting)
    removeOld(folder)
    return summarise(lasting, report)
  } catch {
    // It left none, or died in the middle of it.
    return undefined
  }
}

/** https://nodejs.org/api/report.html */
interface Report {
  readonly header: { readonly event: unknown; readonly trigger: unknown }
  readonly javascriptStack?: { readonly message?: string; readonly stack?: readonly string[] }
  readonly javascriptHeap?: { readonly usedMemory?: number; readonly memoryLimit?: number }
}

function summarise(file: string, { header, javascriptStack, javascriptHeap }: Report): FatalReport {
  const { usedMemory = 0, memoryLimit = 0 } = javascriptHeap ?? {}
  const stack = (javascriptStack?.stack ?? []).filter((line) => line !== 'Unavailable.')
  return {
    file,
    event: String(header.event),
    trigger: String(header.trigger),
    heapUsedBytes: usedMemory,
    heapLimitBytes: memoryLimit,
    stack: stack.map(String),
  }
}

function removeOld(folder: string): void {
  const names = readdirSync(folder).filter((name) => /^\d{4}-.*-\d+\.json$/.test(name))
  for (const name of names.toSorted().slice(0, -kept)) unlinkSync(join(folder, name))
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Somebody may want to read what is in it.
  }
}
