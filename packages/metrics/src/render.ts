import {
  type Metric,
  openMetricsContentType,
  prometheusContentType,
  Registry,
  type RegistryContentType,
} from 'prom-client'

import type { Family } from './family.ts'

export type Format = 'prometheus' | 'openmetrics'

export const contentTypes: Readonly<Record<Format, RegistryContentType>> = {
  prometheus: prometheusContentType,
  openmetrics: openMetricsContentType,
}

/** Writes metrics as prom-client does. Of several families with one name only the first is written. */
export async function renderFamilies(families: readonly Family[], format: Format): Promise<string> {
  const registry = new Registry<RegistryContentType>()
  registry.setContentType(contentTypes[format])
  const names = new Set<string>()
  for (const family of families) {
    const taken = namesOf(family)
    if (taken.some((name) => names.has(name))) continue
    for (const name of taken) names.add(name)
    registry.registerMetric(asMetric(family))
  }
  return await registry.metrics()
}

/** For OpenMetrics a registry takes `_total` off the name of a counter, and puts it onto its samples again. */
function asMetric(family: Family): Metric {
  const metric = {
    ...family,
    get: () => ({ ...family, name: metric.name }),
  }
  return metric as unknown as Metric
}

/** All that a parser would take for a second metric of the same name. */
function namesOf({ name, type }: Family): readonly string[] {
  const base = name.replace(/_total$/, '')
  switch (type) {
    case 'counter':
      return [base, `${base}_total`]
    case 'histogram':
      return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]
    case 'summary':
      return [name, `${name}_sum`, `${name}_count`]
    default:
      return [name]
  }
}
