/** `npx pnpm chaos`: what nunicorn and its peers survive, on this machine, now. */
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describeMachine } from './machine.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { report } from './report.ts'
import { type Cell, type Cells, merge, type Results } from './results.ts'
import { type Form, runCell } from './run-cell.ts'
import { rows } from './rows.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios.ts'
import { soakReport } from './soak-report.ts'
import { judgeSoak, soak } from './soak.ts'
import { nunicorn } from './systems/nunicorn.ts'

const full: Form = { name: 'full', repeats: 5, volume: 4_000 }
const short: Form = { name: 'short', repeats: 1, volume: 600 }

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)))

try {
  const options = parseOptions(process.argv.slice(2))
  const { soakMs } = options
  const passed = soakMs === undefined ? await table(options) : await soakFor(soakMs, options)
  process.exitCode = passed ? 0 : 1
} catch (error) {
  process.stderr.write(
    `chaos: ${error instanceof Error ? error.message : String(error)}\n${usage}\n`,
  )
  process.exitCode = 1
}

/** Every scenario with every system, those of one scenario one right after the other. */
async function table(options: Options): Promise<boolean> {
  const cells: Record<string, Record<string, Cell>> = {}
  for (const scenario of chosen(options)) {
    for (const system of options.systems) {
      if (interrupted.signal.aborted) break
      const beganAt = performance.now()
      const cell = await runCell(scenario, system, options.short ? short : full)
      ;(cells[scenario.row] ??= {})[system.name] = cell
      progress(scenario, {
        system: system.name,
        cell,
        seconds: (performance.now() - beganAt) / 1_000,
      })
    }
    if (options.results !== undefined) await write(cells, options.results)
  }
  process.stdout.write(`\n${report({ machine: describeMachine(), cells })}`)
  const ours = Object.values(cells).flatMap((each) => each[nunicorn.name] ?? [])
  return !interrupted.signal.aborted && ours.every((cell) => cell.type !== 'ran' || cell.passed)
}

/** Ends early with the verdict so far, when interrupted. */
async function soakFor(durationMs: number, { results }: Options): Promise<boolean> {
  const onProgress = (text: string): void => void process.stderr.write(`${text}\n`)
  const seen = await soak({ durationMs, onProgress }, interrupted.signal)
  const checks = judgeSoak(seen)
  const text = soakReport(seen, { checks, machine: describeMachine() })
  process.stdout.write(text)
  if (results !== undefined) {
    await mkdir(results, { recursive: true })
    await writeFile(join(results, 'soak.json'), `${JSON.stringify(seen, null, 2)}\n`)
    await writeFile(join(results, 'SOAK.md'), text)
  }
  return checks.every(({ passed }) => passed)
}

/** What a release must survive comes first: a run that is interrupted has said the most. */
function chosen({ only, short }: Options): readonly Scenario[] {
  if (only !== undefined) return scenarios.filter(({ row }) => only.includes(row))
  const [release, others] = [
    scenarios.filter(isForRelease),
    scenarios.filter((one) => !isForRelease(one)),
  ]
  return short ? release : [...release, ...others]
}

function isForRelease({ row }: Scenario): boolean {
  return rows.some(({ number, release }) => number === row && release)
}

function progress(
  { row }: Scenario,
  {
    system,
    cell,
    seconds,
  }: { readonly system: string; readonly cell: Cell; readonly seconds: number },
): void {
  const name = rows.find(({ number }) => number === row)?.name ?? ''
  const outcome =
    cell.type !== 'ran'
      ? `${cell.type}: ${cell.why}`
      : `${cell.passed ? 'passed' : 'FAILED'}, ${cell.lost} of ${cell.requests} lost, ${cell.excused} excused, longest stall ${cell.longestStallMs} ms`
  process.stderr.write(`${row} ${name} | ${system}: ${outcome} (${seconds.toFixed(0)} s)\n`)
  if (cell.type === 'ran')
    for (const { what, detail } of cell.broken)
      process.stderr.write(`    not so: ${what}: ${detail}\n`)
}

async function write(cells: Cells, folder: string): Promise<void> {
  const file = join(folder, 'latest.json')
  const results = { machine: describeMachine(), cells: merge(read(file), cells) }
  await mkdir(folder, { recursive: true })
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`)
  await writeFile(join(folder, 'RESULTS.md'), report(results))
}

function read(file: string): Cells {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Results).cells
  } catch {
    return {}
  }
}
