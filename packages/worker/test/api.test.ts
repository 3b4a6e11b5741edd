import { afterEach, describe, expect, it } from 'vitest'

import { publish } from '../src/api.ts'
import { createBackground } from '../src/background.ts'
import { onClose, waitUntil } from '../src/index.ts'

describe('waitUntil and onClose', () => {
  afterEach(() => void Reflect.deleteProperty(globalThis, Symbol.for('nunicorn.worker')))

  it('leave things as they are outside nunicorn', async () => {
    const work = Promise.resolve('done')
    expect(waitUntil(work)).toBeUndefined()
    expect(await work).toBe('done')
    expect(onClose(() => expect.unreachable('there is nothing to close'))).toBeUndefined()
  })

  it('reach the worker that runs the app', async () => {
    const background = createBackground()
    publish(background)
    const closed: string[] = []
    waitUntil(new Promise(() => {}))
    onClose(() => closed.push('database'))
    expect(await background.settle(AbortSignal.abort())).toBe(1)
    await background.close(() => {})
    expect(closed).toEqual(['database'])
  })
})
