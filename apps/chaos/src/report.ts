import { notYet } from './not-yet.ts'
import type { Cell, Cells, Ran, Results } from './results.ts'
import { rows } from './rows.ts'
import { systems } from './systems.ts'

/** The results as Markdown: one table, what broke, and what is missing in it. */
export function report({ machine, cells }: Results): string {
  const present = new Set(Object.values(cells).flatMap((row) => Object.keys(row)))
  const names = systems.map(({ name }) => name).filter((name) => present.has(name))
  return `${[
    '# What survives what',
    '<!-- Written by `npx pnpm chaos`: do not edit. -->',
    `${machine.cpu}, ${machine.parallelism} CPUs, ${machine.memoryGigabytes} GB, ${machine.system}, Node ${machine.node}. ` +
      'Two workers, the load and all systems on the same machine, one after the other within each row.',
    legend,
    table(cells, names),
    '## What broke',
    broken(cells),
    '## Not run',
    missing(cells),
  ].join('\n\n')}\n`
}

const legend = `A cell says how many of all requests were lost; in brackets those that a process held which was killed on purpose
and which nobody could have saved; the longest that anybody waited who was answered in the end; and whether all workers
answered again. A row passes (✓) when all criteria of the row hold and nothing is left behind or has grown: see
[the rows](../src/rows). 0 of 20,000 bounds the true rate of loss under 0.015 % at 95 %.`

function table(cells: Cells, names: readonly string[]): string {
  const lines = rows
    .filter(({ number }) => cells[number] !== undefined)
    .map(({ number, name }) => [
      String(number),
      name,
      ...names.map((name) => cellText(cells[number]?.[name])),
    ])
  const head = ['#', 'scenario', ...names]
  return [head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n')
}

export function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return ''
  if (cell.type !== 'ran') return cell.type === 'unable' ? '–' : `skipped: ${cell.why}`
  const { passed, lost, requests, excused, longestStallMs, recovered, form } = cell
  const loss =
    requests === 0 ? [] : [`${count(lost)} of ${count(requests)}${excused ? ` (+${excused})` : ''}`]
  const stall = requests === 0 ? [] : [duration(longestStallMs)]
  const end = recovered ? [] : ['**not recovered**']
  return [passed ? '✓' : '✗', ...loss, ...stall, ...end, ...(form === 'short' ? ['(short)'] : [])]
    .join(', ')
    .replace(/^([✓✗]), /, '$1 ')
}

function broken(cells: Cells): string {
  const lines = rows.flatMap(({ number, name }) =>
    Object.entries(cells[number] ?? {}).flatMap(([system, cell]) =>
      cell.type === 'ran' && !cell.passed
        ? [`- ${number} ${name}, ${system}: ${reasons(cell)}`]
        : [],
    ),
  )
  return lines.join('\n') || 'Nothing.'
}

function reasons({ broken }: Ran): string {
  const texts = broken.map(({ what, detail }) => `${what}: ${detail}`.replace(/\s+/g, ' '))
  return [...new Set(texts.map((text) => (text.length > 220 ? `${text.slice(0, 220)}…` : text)))]
    .slice(0, 4)
    .join('; ')
}

function missing(cells: Cells): string {
  return rows
    .flatMap(({ number, name }) => {
      const why = notYet[number]
      if (why !== undefined) return [`- ${number} ${name}: not yet (${why})`]
      return cells[number] === undefined ? [`- ${number} ${name}: not in these results`] : []
    })
    .join('\n')
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}

function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}
