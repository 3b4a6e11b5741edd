import type { WorkerView } from '@nunicorn/view'

import { align, type Fitted, fitColumns, lastEvent } from './columns.ts'
import { type Line, line, type Span } from './line.ts'

export interface TableOptions {
  readonly width: number
  /** The key of a worker. */
  readonly selected?: string | undefined
}

const separator = '  '

/** The table of workers; its first line names the columns. The mark of the selected one needs no colour. */
export function workerLines(
  workers: readonly WorkerView[],
  { width, selected }: TableOptions,
): readonly Line[] {
  const fitted = fitColumns(workers, width - 2)
  return [
    headLine(fitted),
    ...workers.map((worker) => ({
      ...workerLine(worker, { fitted, marked: worker.key === selected }),
      selected: worker.key === selected,
    })),
  ]
}

function headLine({ columns, eventWidth }: Fitted): Line {
  const names = columns.map(({ column, width }) =>
    align(column.name, { width, side: column.align }),
  )
  const all = eventWidth > 0 ? [...names, 'LAST EVENT'] : names
  return line({ text: `  ${all.join(separator)}`, tone: 'soft' })
}

function workerLine(
  worker: WorkerView,
  {
    fitted: { columns, eventWidth },
    marked,
  }: { readonly fitted: Fitted; readonly marked: boolean },
): Line {
  const cells = columns.flatMap(({ column, width }, index): Span[] => [
    ...(index > 0 ? [{ text: separator }] : []),
    {
      text: align(column.text(worker), { width, side: column.align }),
      tone: worker.stale ? (column.tone?.(worker) ?? 'soft') : column.tone?.(worker),
    },
  ])
  const event = {
    text: `${separator}${shorten(lastEvent(worker), eventWidth)}`,
    tone: 'soft' as const,
  }
  return line(marked ? '> ' : '  ', ...cells, ...(eventWidth > 0 ? [event] : []))
}

export function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`
}
