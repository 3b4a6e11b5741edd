import { AggregatorRegistry } from 'prom-client'

import type { Family } from './family.ts'

/**
 * Adds up what several registries say, by prom-client's own rules: each metric by its `aggregator`.
 * Where a metric is of another type than in the registries before, it counts as another metric of the same name, and is
 * left out: so the newest code is to come first.
 */
export async function mergeRegistries(
  registries: readonly (readonly Family[])[],
): Promise<readonly Family[]> {
  const byName = new Map<string, Family[]>()
  for (const family of registries.flat()) {
    const same = byName.get(family.name) ?? []
    if (same.every(({ type }) => type === family.type)) same.push(family)
    byName.set(family.name, same)
  }
  const parts = [...byName.values()].map((families) => families.map((family) => [family]))
  const merged = await Promise.all(
    parts.map((part) => AggregatorRegistry.aggregate(part as never).getMetricsAsJSON()),
  )
  return merged.flat() as unknown as readonly Family[]
}

/**
 * What outlives its worker: counters and the like, if they are added up at all. Gauges of the dead say nothing about now.
 */
export function lasting(families: readonly Family[]): readonly Family[] {
  return families
    .filter(
      ({ type, aggregator }) => type !== 'gauge' && (aggregator === 'sum' || aggregator === 'max'),
    )
    .map((family) =>
      family.type === 'summary'
        ? { ...family, values: family.values.filter(({ metricName }) => metricName !== undefined) }
        : family,
    )
}
