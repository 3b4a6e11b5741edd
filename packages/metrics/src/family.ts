/** A metric of one name with all its samples: what prom-client's `getMetricsAsJSON` is made of. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: FamilyType
  /** How prom-client adds up the same metric of several workers. */
  readonly aggregator: Aggregator
  readonly values: readonly Sample[]
}

export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'summary'

export type Aggregator = 'omit' | 'sum' | 'first' | 'min' | 'max' | 'average'

export interface Sample {
  readonly labels: Labels
  readonly value: number
  /** Where it is not that of the family: `..._bucket`, `..._sum`, `..._count`. */
  readonly metricName?: string
}

export type Labels = Readonly<Record<string, string | number>>

interface About {
  readonly name: string
  readonly help: string
}

/** The name ends with `_total`. */
export function counter(about: About, values: readonly Sample[]): Family {
  return { ...about, type: 'counter', aggregator: 'sum', values }
}

export function gauge(about: About, values: readonly Sample[]): Family {
  return { ...about, type: 'gauge', aggregator: 'sum', values }
}

/** @param observed for each bound the number of values up to it and above the bound before; then the rest */
export function histogram(
  about: About,
  observed: {
    readonly bounds: readonly number[]
    readonly counts: readonly number[]
    readonly sum: number
  },
): Family {
  const { name } = about
  const { bounds, counts, sum } = observed
  let count = 0
  const buckets = [...bounds, '+Inf'].map((le, index) => {
    count += counts[index] ?? 0
    return { labels: { le }, value: count, metricName: `${name}_bucket` }
  })
  const values = [
    ...buckets,
    { labels: {}, value: sum, metricName: `${name}_sum` },
    { labels: {}, value: count, metricName: `${name}_count` },
  ]
  return { ...about, type: 'histogram', aggregator: 'sum', values }
}

/** A sum and a count, from which an average over any time can be had. */
export function sumAndCount(
  about: About,
  { sum, count }: { readonly sum: number; readonly count: number },
): Family {
  const values = [
    { labels: {}, value: sum, metricName: `${about.name}_sum` },
    { labels: {}, value: count, metricName: `${about.name}_count` },
  ]
  return { ...about, type: 'summary', aggregator: 'sum', values }
}

export function one(value: number, labels: Labels = {}): Sample {
  return { labels, value }
}

/** One sample for each entry, under the label of that name. */
export function by(label: string, entries: Readonly<Record<string, number>>): readonly Sample[] {
  return Object.entries(entries).map(([name, value]) => one(value, { [label]: name }))
}
