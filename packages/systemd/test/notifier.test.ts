import type { EventRecord, FleetStatus, Logger } from '@nunicorn/contract'
import { describe, expect, it } from 'vitest'

import { type Notifier, type NotifierClock, type Sender, startNotifier } from '../src/index.ts'
import { fleetOf } from './fleet-status.ts'

const serving = fleetOf(['ready', 'ready'])

interface Stage {
  readonly notifier: Notifier
  /** The first assignment of each message that was sent. */
  readonly sent: readonly string[]
  readonly warnings: readonly string[]
  happens(status: FleetStatus, type?: string): void
  passes(seconds: number): void
  readonly looks: number
}

function setStage(send: Sender['send'] = async () => {}): Stage {
  let status = fleetOf(['booting', 'booting'], { state: 'starting' })
  let nowUsec = 0
  let tell: ((event: EventRecord) => void) | undefined
  let tick: (() => void) | undefined
  const sent: string[] = []
  const warnings: string[] = []
  const ignore = (): void => {}
  const log: Logger = {
    debug: ignore,
    info: ignore,
    warning: (message) => void warnings.push(message),
    error: ignore,
    critical: ignore,
  }
  const clock: NotifierClock = {
    nowUsec: () => nowUsec,
    every(_, callback) {
      tick = callback
      return () => (tick = undefined)
    },
  }
  const notifier = startNotifier({
    sender: {
      way: 'a pigeon',
      async send(message) {
        sent.push(message[0] ?? '')
        await send(message)
      },
    },
    fleet: {
      status: () => status,
      events: {
        subscribe(listener) {
          tell = listener
          return () => (tell = undefined)
        },
      },
    },
    log,
    clock,
  })
  return {
    notifier,
    sent,
    warnings,
    happens(next, type = 'worker-ready') {
      status = next
      tell?.({ sequence: 1, at: 0, type, level: 'info', message: 'It failed.', details: {} })
    },
    passes(seconds) {
      nowUsec += seconds * 1e6
      tick?.()
    },
    get looks() {
      return [tell, tick].filter(Boolean).length
    },
  }
}

describe('the notifier', () => {
  it('sends one message after the other, in their order, however slow the way is', async () => {
    const gates: (() => void)[] = []
    const stage = setStage(() => new Promise((resolve) => void gates.push(resolve)))
    stage.happens(serving)
    stage.happens({ ...serving, reload: { generation: 2, stage: 'reading' } })
    stage.happens({ ...serving, generation: 2 })
    expect(stage.sent).toEqual(['STATUS=Booting, 0/2 workers'])
    for (const expected of ['READY=1', 'RELOADING=1', 'READY=1']) {
      gates.shift()?.()
      await new Promise(setImmediate)
      expect(stage.sent.at(-1)).toBe(expected)
    }
    gates.shift()?.()
    await stage.notifier.close()
  })

  it('lets what is not urgent wait while the way is slow', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const stage = setStage(() => promise)
    for (let second = 0; second < 100; second += 1) stage.passes(1)
    expect(stage.sent).toEqual(['STATUS=Booting, 0/2 workers'])
    resolve()
    await new Promise(setImmediate)
    stage.passes(1)
    expect(stage.sent).toEqual(['STATUS=Booting, 0/2 workers', 'EXTEND_TIMEOUT_USEC=15000000'])
    await stage.notifier.close()
  })

  it('warns once that the way is blocked, and goes on trying', async () => {
    const stage = setStage(() => Promise.reject(new Error('no such command')))
    stage.happens(serving)
    await new Promise(setImmediate)
    stage.passes(10)
    await new Promise(setImmediate)
    expect(stage.sent.length).toBe(3)
    expect(stage.warnings).toEqual([expect.stringMatching(/a pigeon.*no such command.*OpenFile=/)])
    await stage.notifier.close()
  })

  it('says why the first boot failed', async () => {
    const stage = setStage()
    stage.happens(fleetOf(['ending'], { state: 'stopping' }), 'first-boot-failed')
    await stage.notifier.close()
    expect(stage.sent).toEqual(['STATUS=Booting, 0/2 workers', 'STOPPING=1'])
  })

  it('sends what is still to be said before it falls silent', async () => {
    const stage = setStage(() => new Promise(setImmediate))
    stage.happens(serving)
    await stage.notifier.close()
    await stage.notifier.close()
    expect(stage.sent.at(-1)).toBe('READY=1')
    expect(stage.looks).toBe(0)
  })
})
