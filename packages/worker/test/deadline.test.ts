import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createDeadline } from '../src/deadline.ts'

describe('a deadline', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('comes after its time, and not before', () => {
    const deadline = createDeadline()
    deadline.in(1_000)
    vi.advanceTimersByTime(999)
    expect(deadline.signal.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    expect(deadline.signal.aborted).toBe(true)
  })

  it('can come nearer', () => {
    const deadline = createDeadline()
    deadline.in(10_000)
    deadline.in(1_000)
    vi.advanceTimersByTime(1_000)
    expect(deadline.signal.aborted).toBe(true)
  })

  it('cannot be put off', () => {
    const deadline = createDeadline()
    deadline.in(1_000)
    vi.advanceTimersByTime(500)
    deadline.in(1_000)
    vi.advanceTimersByTime(500)
    expect(deadline.signal.aborted).toBe(true)
  })

  it('never comes unless it is set', () => {
    const deadline = createDeadline()
    vi.advanceTimersByTime(1e9)
    expect(deadline.signal.aborted).toBe(false)
  })
})
