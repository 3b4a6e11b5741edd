import { expect, it } from 'vitest'

import { createMetricsPage } from '../src/index.ts'
import { fleet } from './fleet.ts'

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
