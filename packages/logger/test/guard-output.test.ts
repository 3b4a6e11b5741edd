import { PassThrough, Readable, Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { guardOutput } from '../src/index.ts'

/** A stream that hands on chunks only when it is told to. */
function createStalled(): {
  readonly stream: Writable
  readonly written: string[]
  release(): void
} {
  const written: string[] = []
  let release = (): void => {}
  const stream = new Writable({
    highWaterMark: 10,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString())
      release = done
    },
  })
  return { stream, written, release: () => release() }
}

describe('guardOutput', () => {
  it('keeps errors of the stream from its users and counts what was lost', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('ENOSPC')) })
    using guard = guardOutput(stream)
    const outcomes: unknown[] = []
    stream.write('four', (error) => outcomes.push(error))
    stream.write(Buffer.from('abc'), (error) => outcomes.push(error))
    await setImmediate()
    expect(outcomes.map((error) => error ?? 'no error')).toEqual(['no error', 'no error'])
    expect(guard.dropped).toEqual({ chunks: 2, bytes: 7 })
    expect(stream.destroyed).toBe(false)
  })

  it('writes on when the stream has recovered', async () => {
    const written: string[] = []
    let broken = true
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (broken) return done(new Error('ENOSPC'))
        written.push(chunk.toString())
        done()
      },
    })
    using guard = guardOutput(stream)
    stream.write('lost')
    await setImmediate()
    broken = false
    stream.write('kept')
    expect(written).toEqual(['kept'])
    expect(guard.dropped.chunks).toBe(1)
  })

  it('drops the newest chunks above the limit, counted in bytes', async () => {
    const { stream } = createStalled()
    using guard = guardOutput(stream, { limitBytes: 20 })
    for (let count = 0; count < 10; count += 1) stream.write('äääää')
    expect(stream.writableLength).toBe(20)
    expect(guard.dropped).toEqual({ chunks: 8, bytes: 80 })
  })

  it('calls the callback of a dropped chunk', async () => {
    const { stream } = createStalled()
    using _guard = guardOutput(stream, { limitBytes: 20 })
    stream.write('x'.repeat(20))
    await new Promise<void>((resolve) => stream.write('dropped', () => resolve()))
    await new Promise<void>((resolve) => stream.write('dropped', 'utf8', () => resolve()))
  })

  it('lets one chunk of any size into an empty buffer', () => {
    const { stream, written } = createStalled()
    using guard = guardOutput(stream, { limitBytes: 20 })
    stream.write('x'.repeat(1000))
    expect(written).toHaveLength(1)
    expect(guard.dropped.chunks).toBe(0)
  })

  it('never leaves a pipe waiting for a drain event that does not come', async () => {
    const { stream, release } = createStalled()
    using _guard = guardOutput(stream, { limitBytes: 4 })
    stream.write('abc')
    expect(stream.write('dropped')).toBe(true)
    stream.write('x'.repeat(4))
    release()
    await setImmediate()

    const source = Readable.from(['1', '2', '3', '4'].map((digit) => digit.repeat(10)))
    source.pipe(stream, { end: false })
    const ended = new Promise((resolve) => source.once('end', resolve))
    const releasing = setInterval(release, 1)
    await ended
    clearInterval(releasing)
  })

  it('survives a write after the end', async () => {
    const stream = new PassThrough()
    using _guard = guardOutput(stream)
    stream.end()
    stream.write('too late')
    await setImmediate()
  })

  it('gives the stream back as it was', () => {
    const stream = new PassThrough()
    const before = Object.getOwnPropertyNames(stream)
    const guard = guardOutput(stream)
    guard.close()
    guard.close()
    expect(Object.getOwnPropertyNames(stream)).toEqual(before)
    expect(stream.listenerCount('error')).toBe(0)
  })
})
