import { entrantName } from './contender.ts'
import { nunicorn } from './contenders/nunicorn.ts'
import { all } from './entrants.ts'
import { isOurs } from './losses.ts'
import { lostPerReload } from './measurements/reload.ts'
import { connectionPerRequest } from './measurements/throughput.ts'
import type { Quantity } from './quantity.ts'
import type { Figure, Results } from './results.ts'
import { median } from './statistics.ts'
import { sizingSuite } from './suites/sizing.ts'
import { type Bar, type BarChart, barChart } from './svg/bar-chart.ts'
import { page } from './svg/page.ts'

/** Every picture of the results, by its path. */
export function plots({ suites }: Results): ReadonlyMap<string, string> {
  const pictures = new Map<string, string>()
  for (const { name: suite, figures } of suites) {
    for (const [name, some] of Map.groupBy(figures, (figure) => figure.name)) {
      const chart = chartOf(some)
      if (chart) pictures.set(plotPath(suite, name), page(name, [barChart(chart)]))
    }
  }
  const overview = overviewOf(suites.flatMap(({ figures }) => figures))
  if (overview !== undefined) pictures.set('overview.svg', overview)
  const sizing = suites.find(({ name }) => name === sizingSuite.name)
  if (sizing) pictures.set('sizing.svg', sizingOf(sizing.figures))
  return pictures
}

export function plotPath(suite: string, quantity: string): string {
  const slug = quantity.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-')
  return `plots/${suite}-${slug}.svg`
}

/** For the README of the repository: what a reload costs, and what a connection costs. */
function overviewOf(figures: readonly Figure[]): string | undefined {
  const charts = [
    { quantity: lostPerReload, title: 'Requests lost per reload, under load' },
    {
      quantity: connectionPerRequest.quantity,
      title: 'New connections per second, each with a request',
    },
  ].map(({ quantity, title }) => {
    const samples = pick(figures, quantity)
    return samples && { ...chartOf([{ ...quantity, samples }])!, title }
  })
  if (!charts.every((chart) => chart !== undefined)) return undefined
  const title = 'nunicorn beside its peers, two workers each'
  return page(title, charts.map(barChart))
}

/** For the guide: what another worker brings for work of each kind. */
function sizingOf(figures: readonly Figure[]): string {
  const throughputs = figures.filter(({ better }) => better === 'higher')
  const charts = throughputs
    .map((figure) => chartOf([figure]))
    .filter((chart) => chart !== undefined)
  return page('Throughput of 1 to 8 workers', charts.map(barChart))
}

/** Of everyone with two workers. */
function pick(
  figures: readonly Figure[],
  { name }: Quantity,
): Readonly<Record<string, readonly number[]>> | undefined {
  const names = new Map(all.map((contender) => [entrantName(contender, 2), contender.name]))
  const figure = figures.find((one) => one.name === name && entrantName(nunicorn, 2) in one.samples)
  const named = Object.entries(figure?.samples ?? {}).flatMap(([entrant, samples]) => {
    const contender = names.get(entrant)
    return contender === undefined ? [] : [[contender, samples] as const]
  })
  return named.length === 0 ? undefined : Object.fromEntries(named)
}

/** One quantity, in all its groups. */
function chartOf(figures: readonly Figure[]): BarChart | undefined {
  const groups = figures.map(barsOf).filter(({ length }) => length > 0)
  const [first] = figures
  if (!first || groups.flat().length < 2) return undefined
  return { title: first.name, subtitle: `${first.unit}, ${first.better} is better`, groups }
}

function barsOf({ samples }: Figure): readonly Bar[] {
  return Object.entries(samples).map(([entrant, taken]) => ({
    label: entrant,
    value: median(taken),
    spread: [Math.min(...taken), Math.max(...taken)],
    isOurs: isOurs(entrant),
  }))
}
