import type { BootOrder, WorkerMessage } from '@nunicorn/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createMouthpiece, type Mouthpiece } from '../../src/program/mouthpiece.ts'

const beatMs = 1_000
const sample = {
  rssBytes: 1,
  heapUsedBytes: 0,
  heapLimitBytes: 0,
  utilisation: 0,
  loopDelayMs: 0,
  cpuSeconds: 0,
}

interface Conversation {
  readonly mouthpiece: Mouthpiece
  /** What the arbiter hears. */
  readonly messages: readonly WorkerMessage[]
  /** What the program is told; TERM for the signal. */
  readonly told: readonly string[]
  readonly exits: readonly unknown[]
  readonly types: () => readonly string[]
}

function converse(order: Partial<BootOrder> = {}): Conversation {
  const messages: WorkerMessage[] = []
  const told: string[] = []
  const exits: unknown[] = []
  const mouthpiece = createMouthpiece(
    {
      onMessage: (message) => void messages.push(message),
      onExit: (exit) => void exits.push(exit),
    },
    {
      place: {
        program: { name: 'exec', command: ['true'], readiness: 'connect' },
        order: { beatMs, maxRequests: 0, ...order } as BootOrder,
      },
      sample: () => sample,
      terminate: () => void told.push('TERM'),
      tell: (line) => void told.push(line.trimEnd()),
    },
  )
  return { mouthpiece, messages, told, exits, types: () => messages.map(({ type }) => type) }
}

describe('the mouthpiece of a program', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is ready once, by its own word or by the probe', () => {
    const spoken = converse()
    spoken.mouthpiece.hear({ type: 'ready' })
    spoken.mouthpiece.probed()
    spoken.mouthpiece.hear({ type: 'ready' })
    expect(spoken.messages).toEqual([{ type: 'ready', workerClass: 'exec' }])
    const silent = converse()
    silent.mouthpiece.probed()
    expect(silent.types()).toEqual(['ready'])
  })

  it('does not believe the probe once the program has said anything', () => {
    const { mouthpiece, types } = converse()
    mouthpiece.hear({ type: 'status', text: 'warming up' })
    expect(mouthpiece.decided.aborted).toBe(true)
    mouthpiece.probed()
    expect(types()).toEqual(['log'])
  })

  it('beats for a program that never beat, and no more for one that did', () => {
    const { mouthpiece, types } = converse()
    vi.advanceTimersByTime(3 * beatMs)
    expect(types()).toEqual(['beat', 'beat', 'beat'])
    mouthpiece.hear({ type: 'alive' })
    vi.advanceTimersByTime(10 * beatMs)
    expect(types()).toHaveLength(4)
  })

  it('beats no more from READY=1 on for one that has beaten before', () => {
    const { mouthpiece, types } = converse()
    mouthpiece.hear({ type: 'alive' })
    mouthpiece.hear({ type: 'ready' })
    vi.advanceTimersByTime(10 * beatMs)
    expect(types()).toEqual(['beat', 'ready'])
  })

  it('beats for one that leaves: its deadline is set, and it may be busy', () => {
    const { mouthpiece, types } = converse()
    mouthpiece.hear({ type: 'alive' })
    mouthpiece.receive({ type: 'drain', deadlineMs: 30_000, acceptQueued: false })
    vi.advanceTimersByTime(2 * beatMs)
    expect(types()).toEqual(['beat', 'beat', 'beat'])
  })

  it('hands on counts with the beats, and retires once at max-requests', () => {
    const { mouthpiece, messages } = converse({ maxRequests: 10 })
    for (const value of [9, 10, 11])
      mouthpiece.hear({ type: 'counted', counter: 'requests', value })
    mouthpiece.hear({ type: 'alive' })
    expect(messages).toMatchObject([
      { type: 'retire', reason: 'max-requests' },
      { type: 'beat', stats: { requests: 11, inFlight: 0, connections: 0 } },
    ])
  })

  it('says the deadline before it sends TERM, and sends it again only when that comes nearer', () => {
    const { mouthpiece, told } = converse()
    for (const deadlineMs of [30_000, 30_000, 1_000])
      mouthpiece.receive({ type: 'drain', deadlineMs, acceptQueued: true })
    expect(told).toEqual(['DRAIN=30000', 'TERM', 'DRAIN=1000', 'TERM'])
  })

  it('sends no TERM to one that is leaving already, and has it replaced', () => {
    const { mouthpiece, messages, told } = converse()
    mouthpiece.hear({ type: 'stopping' })
    mouthpiece.receive({ type: 'drain', deadlineMs: 30_000, acceptQueued: false })
    expect(messages).toEqual([{ type: 'retire', reason: 'signal' }])
    expect(told).toEqual(['DRAIN=30000'])
  })

  it.each([
    [
      { code: 0, signal: null },
      { code: 0, signal: null },
    ],
    [
      { code: null, signal: 'SIGTERM' },
      { code: 0, signal: null },
    ],
    [
      { code: 143, signal: null },
      { code: 0, signal: null },
    ],
    [
      { code: 1, signal: null },
      { code: 1, signal: null },
    ],
    [
      { code: null, signal: 'SIGKILL' },
      { code: null, signal: 'SIGKILL' },
    ],
  ])('takes an end of %o after TERM for %o', (exit, reported) => {
    const { mouthpiece, exits } = converse()
    mouthpiece.hear({ type: 'ready' })
    mouthpiece.receive({ type: 'drain', deadlineMs: 30_000, acceptQueued: false })
    mouthpiece.ended(exit)
    mouthpiece.ended(exit)
    expect(exits).toEqual([reported])
  })

  it('does not take a TERM that nobody here has sent for an end that was asked for', () => {
    const { mouthpiece, exits } = converse()
    mouthpiece.hear({ type: 'ready' })
    mouthpiece.ended({ code: null, signal: 'SIGTERM' })
    expect(exits).toEqual([{ code: null, signal: 'SIGTERM' }])
  })

  it.each([
    [true, 143, { code: null, signal: 'SIGTERM' }],
    // Before it was ready that is a failure, whatever the program means by it.
    [false, 143, { code: 143, signal: null }],
    // It may well have wanted to.
    [true, 0, { code: 0, signal: null }],
  ])('hears of a TERM from elsewhere by the exit code: ready %s, %i', (ready, code, reported) => {
    const { mouthpiece, exits } = converse()
    if (ready) mouthpiece.hear({ type: 'ready' })
    mouthpiece.ended({ code, signal: null })
    expect(exits).toEqual([reported])
  })

  it.each([
    [3, [], 'boot', /exit code 3/],
    [4, [], 'app-load', /exit code 4/],
    [1, ['no database', '  at main.py:3'], 'boot', /^no database$/],
  ] as const)('says why it never was ready: exit code %i, %j', (code, errors, stage, message) => {
    const { mouthpiece, messages } = converse()
    for (const text of errors) mouthpiece.hear({ type: 'error', text })
    mouthpiece.ended({ code, signal: null })
    expect(messages).toMatchObject([
      { type: 'boot-failed', stage, error: { message: expect.stringMatching(message) } },
    ])
  })

  it('leaves an end without a word to be told by its exit code', () => {
    const { mouthpiece, messages, exits } = converse()
    mouthpiece.ended({ code: 7, signal: null })
    expect(messages).toEqual([])
    expect(exits).toEqual([{ code: 7, signal: null }])
  })

  it('answers that it cannot answer, and is silent once it has ended', async () => {
    const { mouthpiece, messages } = converse()
    mouthpiece.receive({ type: 'ask', id: 7, question: { type: 'reopen-logs' } })
    await vi.waitFor(() => expect(messages).toHaveLength(1))
    expect(messages).toMatchObject([{ type: 'answer', id: 7, error: { code: 'cannot-answer' } }])
    mouthpiece.ended({ code: 0, signal: null })
    mouthpiece.hear({ type: 'ready' })
    vi.advanceTimersByTime(10 * beatMs)
    expect(messages).toHaveLength(1)
  })
})
