import { NunicornError } from '@nunicorn/contract'
import { describe, expect, it } from 'vitest'

import { fakeEvent, fakeInstance, fakeWorker } from './support/fake-instance.ts'
import { showScreen } from './support/screen.ts'

const down = '\u001B[B'
const escape = '\u001B'

describe('the screen', () => {
  it('shows the instance, its workers and what happens', async () => {
    const fake = fakeInstance()
    using screen = showScreen(fake)
    fake.tell(fakeEvent(1, 'Worker 1 (pid 1001) is ready'))
    const frame = await screen.shows('Worker 1 (pid 1001) is ready')
    expect(frame).toContain('● serving  2 of 2 ready  generation 2')
    expect(frame).toMatch(/> 1 {2}1001 .*ready .*42 %/)
    expect(frame).toMatch(/ {2}2 {2}1002 /)
  })

  it('marks a stale worker', async () => {
    const fake = fakeInstance()
    fake.status = {
      ...fake.status,
      workers: [fakeWorker(1), fakeWorker(2, { state: 'suspect', silentMs: 7_200 })],
    }
    using screen = showScreen(fake)
    expect(await screen.shows('stale 7 s')).toContain(', 1 stale')
  })

  it('says when the instance does not answer any more', async () => {
    const fake = fakeInstance()
    using screen = showScreen(fake)
    await screen.shows('serving')
    const call = fake.client.call
    Object.assign(fake.client, {
      call: (method: string) => (method === 'status' ? new Promise(() => {}) : call('status')),
    })
    await screen.shows('The instance does not answer')
  })
})

describe('the keys', () => {
  it('r reloads, and says that it took', async () => {
    const fake = fakeInstance()
    const reloaded = Promise.withResolvers<object>()
    fake.answers.reload = () => reloaded.promise
    using screen = showScreen(fake)
    await screen.shows('serving')
    screen.press('r')
    await screen.shows('reload ...')
    reloaded.resolve({ generation: 3, state: 'finished' })
    const frame = await screen.shows('reload: took, all workers are of generation 3')
    expect(frame).not.toContain('reload ...')
    expect(fake.asked).toEqual([{ method: 'reload', params: { wait: true } }])
  })

  it('r says why a reload did not take', async () => {
    const fake = fakeInstance()
    fake.answers.reload = () => {
      throw new NunicornError({
        code: 'reload-failed',
        message: 'app.ts:3 threw',
        hint: 'Mend it.',
      })
    }
    using screen = showScreen(fake)
    await screen.shows('serving')
    screen.press('r')
    await screen.shows('reload: app.ts:3 threw Mend it.')
  })

  it('+ and - scale from what was asked for last, not from what is there yet', async () => {
    const fake = fakeInstance()
    const done = Promise.withResolvers<object>()
    fake.answers.scale = () => done.promise
    using screen = showScreen(fake)
    await screen.shows('serving')
    for (const key of ['+', '+', '-']) screen.press(key)
    await screen.shows('scale to 4 ...')
    await expect
      .poll(() => fake.asked.map(({ params }) => params))
      .toEqual([{ to: 3 }, { to: 4 }, { to: 3 }])
    done.resolve({ workers: 3 })
    await screen.shows('scale to 3: done, there are 3')
  })

  it('- never asks for fewer than one', async () => {
    const fake = fakeInstance(1)
    using screen = showScreen(fake)
    await screen.shows('serving')
    screen.press('-')
    screen.press('?')
    await screen.shows('Columns')
    expect(fake.asked).toEqual([])
  })

  it('s shows the stack of the selected worker until Esc', async () => {
    const fake = fakeInstance()
    fake.answers.stack = () => ({
      worker: 2,
      pid: 1_002,
      doing: 'spinning',
      stack: [{ functionName: 'spin', url: 'file:///app.ts', line: 7, column: 3 }],
    })
    using screen = showScreen(fake)
    await screen.shows('serving')
    screen.press(down)
    await screen.shows('> 2')
    screen.press('s')
    const frame = await screen.shows('at spin (file:///app.ts:7:3)')
    expect(frame).toContain('stack of worker 2: spinning')
    expect(fake.asked).toEqual([{ method: 'stack', params: { worker: 1_002 } }])
    screen.press(escape)
    await expect.poll(screen.frame).not.toContain('at spin')
  })

  it('s says that an idle worker has none', async () => {
    const fake = fakeInstance()
    fake.answers.stack = () => ({ worker: 1, pid: 1_001, doing: 'idle', stack: [] })
    using screen = showScreen(fake)
    await screen.shows('serving')
    screen.press('s')
    await screen.shows('stack of worker 1: idle')
  })

  it('p has the worker write a profile where top was started', async () => {
    const fake = fakeInstance()
    fake.answers.profile = ({ file }: { readonly file: string }) => ({
      worker: 1,
      pid: 1_001,
      file,
      bytes: 3 * 2 ** 20,
      tookMs: 10_000,
    })
    using screen = showScreen(fake)
    await screen.shows('serving')
    screen.press('p')
    await screen.shows(/profile of worker 1, 10 s: \/profiles\/nunicorn-worker-1001-\d{8}T\d{6}Z/)
    expect(fake.asked[0]).toMatchObject({
      method: 'profile',
      params: { worker: 1_001, seconds: 10 },
    })
  })

  it('the selection stays with its worker, and moves on when that has gone', async () => {
    const fake = fakeInstance(3)
    using screen = showScreen(fake)
    await screen.shows('serving')
    screen.press(down)
    await screen.shows('> 2')
    fake.status = { ...fake.status, workers: [fakeWorker(2), fakeWorker(3)] }
    await screen.shows(/MEM[^]*> 2[^]*\n {2}3/)
    fake.status = { ...fake.status, workers: [fakeWorker(3)] }
    await screen.shows('> 3')
  })
})
