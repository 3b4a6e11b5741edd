import { validateMetricName } from 'prom-client'

import type { Aggregator, Family, FamilyType, Labels, Sample } from './family.ts'

/** What an app says of its metrics may be anything; one that would spoil the page is left out. */
export interface Reading {
  readonly families: readonly Family[]
  /** How many were left out. */
  readonly skipped: number
}

/** Of one worker. Those of eight are merged and written in a quarter of a second, in which the arbiter does nothing else. */
const mostSamples = 10_000
const types: readonly string[] = ['counter', 'gauge', 'histogram', 'summary'] satisfies FamilyType[]
const aggregators: readonly string[] = [
  'omit',
  'sum',
  'first',
  'min',
  'max',
  'average',
] satisfies Aggregator[]

export function readFamilies(said: unknown): Reading {
  const metrics: readonly unknown[] = Array.isArray(said) ? said : []
  const families: Family[] = []
  let samples = 0
  for (const metric of metrics) {
    const family = readFamily(metric)
    if (family === undefined || samples + family.values.length > mostSamples) continue
    samples += family.values.length
    families.push(family)
  }
  return { families, skipped: metrics.length - families.length }
}

function readFamily(said: unknown): Family | undefined {
  if (!isRecord(said)) return undefined
  const { name, help, type, aggregator = 'sum', values } = said
  // A name of ours: there can be but one.
  if (!isName(name) || name.startsWith('nunicorn_')) return undefined
  if (!isOneOf<FamilyType>(type, types) || !isOneOf<Aggregator>(aggregator, aggregators))
    return undefined
  if (!Array.isArray(values)) return undefined
  const samples = values.map((value) => readSample(value, name))
  if (!samples.every((sample) => sample !== undefined)) return undefined
  return { name, help: typeof help === 'string' ? help : '', type, aggregator, values: samples }
}

function readSample(said: unknown, family: string): Sample | undefined {
  if (!isRecord(said)) return undefined
  const { metricName } = said
  const labels = readLabels(said['labels'])
  const value = readNumber(said['value'])
  if (labels === undefined || value === undefined) return undefined
  if (metricName === undefined) return { labels, value }
  const suffix = typeof metricName === 'string' ? metricName.slice(family.length) : ''
  if (metricName !== `${family}${suffix}` || !['_bucket', '_sum', '_count'].includes(suffix))
    return undefined
  return { labels, value, metricName: `${family}${suffix}` }
}

function readLabels(said: unknown): Labels | undefined {
  if (said === undefined) return {}
  if (!isRecord(said)) return undefined
  const pairs = Object.entries(said).filter(([, value]) => value !== undefined && value !== null)
  if (!pairs.every(([name]) => /^[a-zA-Z_]\w*$/.test(name))) return undefined
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, typeof value === 'number' ? value : String(value)]),
  )
}

const notInJson: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

function readNumber(said: unknown): number | undefined {
  return typeof said === 'number' ? said : notInJson.get(said)
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && validateMetricName(value)
}

function isOneOf<Choice extends string>(
  value: unknown,
  choices: readonly string[],
): value is Choice {
  return typeof value === 'string' && choices.includes(value)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
