import { expect, it } from 'vitest'

import type { Family } from '../src/index.ts'
import { renderFamilies } from '../src/index.ts'

function family(name: string, more: Partial<Family> = {}): Family {
  return {
    name,
    help: 'Help.',
    type: 'gauge',
    aggregator: 'sum',
    values: [{ labels: {}, value: 1 }],
    ...more,
  }
}

it('the name of a counter ends with _total in both formats, and its family has none in OpenMetrics', async () => {
  const families = [
    family('orders_total', { type: 'counter' }),
    family('bare', { type: 'counter' }),
  ]
  expect(await renderFamilies(families, 'prometheus')).toBe(
    '# HELP orders_total Help.\n# TYPE orders_total counter\norders_total 1\n\n# HELP bare Help.\n# TYPE bare counter\nbare 1\n',
  )
  expect(await renderFamilies(families, 'openmetrics')).toBe(
    '# HELP orders Help.\n# TYPE orders counter\norders_total 1\n# HELP bare Help.\n# TYPE bare counter\nbare_total 1\n# EOF\n',
  )
})

it('a name is written once only, whoever claims it', async () => {
  const page = await renderFamilies(
    [
      family('time', {
        type: 'histogram',
        values: [{ labels: {}, value: 1, metricName: 'time_count' }],
      }),
      family('time_count', { type: 'counter' }),
      family('orders_total', { type: 'counter' }),
      family('orders'),
      family('orders_total'),
    ],
    'openmetrics',
  )
  expect(page.match(/^# TYPE.*$/gm)).toEqual(['# TYPE time histogram', '# TYPE orders counter'])
})

it('no label can break out of its line', async () => {
  const labels = { a: 'x"} 1\nforged{a="\\' }
  const page = await renderFamilies([family('m', { values: [{ labels, value: 1 }] })], 'prometheus')
  expect(page.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
    String.raw`m{a="x\"} 1\nforged{a=\"\\"} 1`,
  ])
})
