import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { plots } from './plots.ts'
import { report } from './report.ts'
import type { Results } from './results.ts'
import { suites } from './suites.ts'

/** Undefined where there are none. */
export async function readResults(folder: string): Promise<Results | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, 'latest.json'), 'utf8')) as Results
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * The newer results, and of the older ones the suites that the newer do not have: if they are of the same machine and the
 * same Node.
 */
export function merge(older: Results | undefined, newer: Results): Results {
  if (!older?.suites || !isSame(older.machine, newer.machine)) return newer
  const have = new Set(newer.suites.map(({ name }) => name))
  const all = [...older.suites.filter(({ name }) => !have.has(name)), ...newer.suites]
  const place = (name: string) => suites.findIndex((suite) => suite.name === name)
  const called = new Set([
    ...Object.keys(newer.versions),
    ...newer.absent.map(({ contender }) => contender),
  ])
  const absent = [
    ...older.absent.filter(({ contender }) => !called.has(contender)),
    ...newer.absent,
  ]
  const versions = { ...older.versions, ...newer.versions }
  return {
    ...newer,
    absent,
    versions,
    suites: all.toSorted((a, b) => place(a.name) - place(b.name)),
  }
}

export async function writeResults(results: Results, folder: string): Promise<void> {
  // Plots of what is no longer measured would stay for ever.
  await rm(join(folder, 'plots'), { recursive: true, force: true })
  await mkdir(join(folder, 'plots'), { recursive: true })
  await writeFile(join(folder, 'latest.json'), `${JSON.stringify(results, null, 1)}\n`)
  await writeFile(join(folder, 'RESULTS.md'), report(results))
  for (const [path, picture] of plots(results)) await writeFile(join(folder, path), picture)
}

function isSame(older: Results['machine'], newer: Results['machine']): boolean {
  return JSON.stringify(older) === JSON.stringify(newer)
}
