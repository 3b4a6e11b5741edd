import { expect, it } from 'vitest'

import { nextPollMs } from '../browser/next-poll.ts'

const visible = (failures: number): number => nextPollMs({ failures, hidden: false })

it('the status is asked for every second while somebody looks', () => {
  expect(visible(0)).toBe(1_000)
})

it('a page that nobody sees asks ten times less', () => {
  expect(nextPollMs({ failures: 0, hidden: true })).toBe(10_000)
})

it('the longer the server is away the less it is asked, but it is asked for ever', () => {
  expect([1, 2, 3, 4, 50].map(visible)).toEqual([2_000, 4_000, 8_000, 15_000, 15_000])
  expect(nextPollMs({ failures: 9, hidden: true })).toBe(15_000)
})
