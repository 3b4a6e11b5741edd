import { describe, expect, it } from 'vitest'

import { SignalReceived, stopSignal } from '@nunicorn/shutdown'

describe('stopSignal', () => {
  it('aborts at the first signal, names it, and bears the next ones', () => {
    using stop = stopSignal({ signals: ['SIGUSR2', 'SIGWINCH'] })
    expect(stop.aborted).toBe(false)
    process.emit('SIGWINCH', 'SIGWINCH')
    process.emit('SIGUSR2', 'SIGUSR2')
    expect(stop.aborted).toBe(true)
    expect(stop.reason).toBeInstanceOf(SignalReceived)
    expect(stop.reason).toMatchObject({ signal: 'SIGWINCH', message: 'Received SIGWINCH' })
  })

  it('listens to SIGTERM and SIGINT unless told otherwise, until it is disposed of', () => {
    const before = [process.listenerCount('SIGTERM'), process.listenerCount('SIGINT')] as const
    {
      using stop = stopSignal()
      expect(stop).toBeInstanceOf(AbortSignal)
      expect(process.listenerCount('SIGTERM')).toBe(before[0] + 1)
      expect(process.listenerCount('SIGINT')).toBe(before[1] + 1)
    }
    expect([process.listenerCount('SIGTERM'), process.listenerCount('SIGINT')]).toEqual(before)
  })
})
