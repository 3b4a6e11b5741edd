import { describe, expect, it } from 'vitest'

import { createJournal } from '../src/journal.ts'

const event = { type: 'scaled', level: 'info', message: 'Scaling', details: {} } as const

describe('a journal', () => {
  it('numbers and dates what is recorded', () => {
    const journal = createJournal(() => 42)
    journal.record(event)
    expect(journal.record(event)).toEqual({ sequence: 2, at: 42, ...event })
    expect(journal.recent(1)).toEqual([{ sequence: 2, at: 42, ...event }])
  })

  it('keeps the last thousand', () => {
    const journal = createJournal()
    for (let count = 0; count < 1_500; count += 1) journal.record(event)
    expect(journal.recent()).toHaveLength(1_000)
    expect(journal.recent()[0]?.sequence).toBe(501)
  })

  it('tells whoever listens, for as long as they do', () => {
    const journal = createJournal()
    const heard: number[] = []
    const stop = journal.subscribe(({ sequence }) => heard.push(sequence))
    journal.record(event)
    stop()
    journal.record(event)
    expect(heard).toEqual([1])
  })
})
