import { expect, it } from 'vitest'

import { createMetricsPage } from '../src/index.ts'
import { fleet, worker } from './fleet.ts'

it('is made once for all who ask while it is made, and anew for those who come later', async () => {
  let made = 0
  using page = createMetricsPage({
    status: () => fleet(),
    async backlogs() {
      made += 1
      return []
    },
    ask: async () => null,
    onLastMetrics: () => () => {},
  })
  const asked = Array.from({ length: 50 }, () => page.render('prometheus'))
  expect(new Set(await Promise.all(asked)).size).toBe(1)
  expect(made).toBe(1)
  await page.render('prometheus')
  expect(made).toBe(2)
})

it('shows workers that leave the same slot as one, and no series twice', async () => {
  const leaving = [1, 2].map((pid) => worker(1, { pid, state: 'draining' }))
  using page = createMetricsPage({
    status: () => fleet({ workers: leaving }),
    backlogs: async () => [],
    ask: async () => [],
    onLastMetrics: () => () => {},
  })
  const series = (await page.render('prometheus'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(0, line.lastIndexOf(' ')))
  expect(
    series.filter((name) => name.startsWith('nunicorn_worker_app_metrics_stale')),
  ).toHaveLength(1)
  expect(new Set(series).size).toBe(series.length)
})
