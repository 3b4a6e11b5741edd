import type { Question } from '@nunicorn/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createQuestions } from '../src/questions.ts'

const question: Question = { type: 'reopen-logs' }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a question', () => {
  it('is settled by the answer with its number, from the worker that was asked', async () => {
    const sent: { worker: number; id: number }[] = []
    const questions = createQuestions((worker, { id }) => sent.push({ worker, id }))
    const one = questions.ask(1, question, 1_000)
    const two = questions.ask(2, question, 1_000)
    expect(sent).toEqual([
      { worker: 1, id: 1 },
      { worker: 2, id: 2 },
    ])
    questions.answered(1, { type: 'answer', id: 2, result: 'a lie' })
    questions.answered(2, { type: 'answer', id: 2, result: 'two' })
    questions.answered(1, { type: 'answer', id: 1, error: { code: 'no-disk', message: 'full' } })
    expect(await two).toBe('two')
    await expect(one).rejects.toMatchObject({ code: 'no-disk', message: 'full' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is given up after a while, and when the worker ends', async () => {
    const questions = createQuestions(() => {})
    const slow = questions.ask(1, question, 1_000)
    vi.advanceTimersByTime(1_000)
    await expect(slow).rejects.toMatchObject({
      code: 'no-answer',
      message: 'No answer to reopen-logs came within 1000 ms.',
    })
    const orphan = questions.ask(2, question, 1_000)
    questions.gone(2)
    await expect(orphan).rejects.toThrow('before the worker ended')
    questions.answered(2, { type: 'answer', id: 2, result: 'too late' })
  })
})
