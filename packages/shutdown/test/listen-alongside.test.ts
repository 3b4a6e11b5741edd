import { EventEmitter } from 'node:events'

import { describe, expect, it } from 'vitest'

import { listenAlongside } from '../src/listen-alongside.ts'

/** Listeners that write their name. */
function scene() {
  const emitter = new EventEmitter()
  const calls: string[] = []
  const listener = (name: string) => () => calls.push(name)
  const toFront = listenAlongside(emitter, new Map([['event', listener('ours')]]))
  return { emitter, calls, listener, toFront }
}

describe('a listener alongside', () => {
  it('comes with the first listener of the app, before it, and goes with the last', () => {
    const { emitter, calls, listener } = scene()
    expect(emitter.listenerCount('event')).toBe(0)
    const [first, second] = [listener('first'), listener('second')]
    emitter.on('event', first).on('event', second).emit('event')
    expect(calls).toEqual(['ours', 'first', 'second'])
    emitter.off('event', first)
    expect(emitter.listenerCount('event')).toBe(2)
    emitter.off('event', second)
    expect(emitter.listenerCount('event')).toBe(0)
  })

  it('survives an app that removes all listeners and adds its own, as engine.io does', () => {
    const { emitter, calls, listener } = scene()
    emitter.on('event', listener('first')).removeAllListeners('event')
    expect(emitter.listenerCount('event')).toBe(0)
    emitter.once('event', listener('once')).emit('event')
    expect(calls).toEqual(['ours', 'once'])
    expect(emitter.listenerCount('event')).toBe(0)
  })

  it('is put in front again on demand', () => {
    const { emitter, calls, listener, toFront } = scene()
    emitter.on('event', listener('first')).prependListener('event', listener('early'))
    toFront()
    emitter.emit('event')
    expect(calls).toEqual(['ours', 'early', 'first'])
  })
})
