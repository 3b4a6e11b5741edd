import {
  bytes,
  type FleetView,
  milliseconds,
  percent,
  perSecond,
  type Point,
  type WorkerPoint,
} from '@nunicorn/view'

import type { Series } from './lines.ts'
import { plot } from './plot.ts'
import { seriesClass } from './series.ts'

/** What changes over the minutes. */
export function plots(parent: HTMLElement): (view: FleetView) => void {
  const all = [
    plot(parent, {
      title: 'Requests per second',
      text: perSecond,
      series: () => [
        { name: 'all workers', class: 'series-1', value: (point) => point.requestsPerSecond },
      ],
      atLeast: 1,
      area: true,
    }),
    plot(parent, {
      title: 'Latency',
      text: milliseconds,
      series: () => [
        { name: 'p50', class: 'series-1', value: ({ p50Ms }) => p50Ms },
        { name: 'p99', class: 'series-8', value: ({ p99Ms }) => p99Ms },
      ],
      atLeast: 1,
    }),
    plot(parent, {
      title: 'Event loop utilisation',
      text: percent,
      series: (history) => perWorker(history, ({ utilisation }) => utilisation),
      atLeast: 1,
    }),
    plot(parent, {
      title: 'Memory',
      text: bytes,
      series: (history) => perWorker(history, ({ memoryBytes }) => memoryBytes),
      atLeast: 32 * 2 ** 20,
      base: 2,
    }),
  ]
  return ({ history }) => all.forEach((draw) => draw(history))
}

/** More lines than this nobody tells apart: then there are the highest, the mean and the lowest. */
const mostLines = 8

function perWorker(
  history: readonly Point[],
  measure: (worker: WorkerPoint) => number | undefined,
): readonly Series[] {
  const numbers = [...new Set(history.flatMap(({ workers }) => Object.keys(workers).map(Number)))]
  if (numbers.length <= mostLines) {
    return numbers
      .toSorted((one, other) => one - other)
      .map((number) => ({
        name: `worker ${number}`,
        class: seriesClass(number),
        value: ({ workers }) => workers[number] && measure(workers[number]),
      }))
  }
  const over = (combine: (values: readonly number[]) => number) => (point: Point) => {
    const values = Object.values(point.workers)
      .map(measure)
      .filter((value) => value !== undefined)
    return values.length === 0 ? undefined : combine(values)
  }
  return [
    { name: 'highest', class: 'series-8', value: over((values) => Math.max(...values)) },
    { name: 'mean', class: 'series-1', value: over(mean) },
    { name: 'lowest', class: 'series-2', value: over((values) => Math.min(...values)) },
  ]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
