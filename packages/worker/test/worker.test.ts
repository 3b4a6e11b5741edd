import { describe, expect, it, vi } from 'vitest'

import {
  bindSocket,
  bootOrder,
  drain,
  type FakeHost,
  listen,
  sample,
  startInFakeHost,
  startReady,
} from './fake-host.ts'

describe('booting', () => {
  it('loads the app, opens the sockets it has been given, and is ready then', async () => {
    using host = startInFakeHost()
    using socket = await bindSocket()
    host.order(listen, socket.handle)
    await expect(socket.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    host.order(bootOrder())
    expect(await host.message('ready')).toEqual({ type: 'ready', workerClass: 'greeter' })
    expect(host.title).toBe('nunicorn: worker 2 [shop]')
    expect(host.log).toEqual(['open at 1 addresses'])
    const client = await socket.connect()
    client.destroy()
  })

  it('opens and closes further sockets when it is told to', async () => {
    using host = startInFakeHost()
    using first = await bindSocket()
    using second = await bindSocket()
    await startReady(host, first)
    host.order({ ...listen, socket: '0/1' }, second.handle)
    const client = await second.connect()
    client.destroy()
    host.order({ type: 'unlisten', socket: '0/1' })
    await second.refusal()
    const other = await first.connect()
    other.destroy()
  })

  it.each([
    {
      what: 'an app that throws',
      order: { export: 'broken()' },
      stage: 'boot',
      error: { code: 'app-threw', stack: expect.stringContaining('no database') },
      code: 3,
    },
    {
      what: 'a missing file',
      order: { app: '/nowhere/app.ts' },
      stage: 'app-load',
      error: { code: 'app-not-found' },
      code: 4,
    },
    {
      what: 'a missing export',
      order: { export: 'server' },
      stage: 'app-load',
      error: { code: 'export-not-found' },
      code: 4,
    },
    {
      what: 'an export that is no app',
      order: { export: 'number' },
      stage: 'app-load',
      error: {
        code: 'no-app',
        message: expect.stringContaining('expected an object with a greeting, found a number'),
      },
      code: 4,
    },
    {
      what: 'a missing class',
      order: { workerClass: 'no-class.ts' },
      stage: 'app-load',
      error: { code: 'class-not-found' },
      code: 4,
    },
    {
      what: 'a class that never takes connections',
      order: { workerClass: 'idle-class.ts' },
      stage: 'app-load',
      error: { code: 'bad-class' },
      code: 4,
    },
  ])('reports $what, and exits with $code', async ({ order, stage, error, code }) => {
    using host = startInFakeHost()
    host.order(bootOrder(order))
    expect(await host.exited).toBe(code)
    expect(host.sent).toEqual([
      { type: 'boot-failed', stage, error: expect.objectContaining(error) },
    ])
  })

  it('ends with 0 when it is told to leave before it is ready', async () => {
    using host = startInFakeHost()
    host.order(bootOrder({ export: 'never()' }))
    host.order(drain)
    expect(await host.exited).toBe(0)
  })

  it('ends with 0 when SIGTERM comes before it is ready', async () => {
    using host = startInFakeHost()
    host.order(bootOrder({ export: 'never()' }))
    host.term()
    expect(await host.exited).toBe(0)
  })
})

describe('beating', () => {
  it('begins with the boot, and carries what the class counts', async () => {
    using host = startInFakeHost()
    using socket = await bindSocket()
    host.order(bootOrder({ export: 'never()' }))
    vi.advanceTimersByTime(3_000)
    expect(host.sent).toHaveLength(3)
    expect(host.sent[0]).toEqual({
      type: 'beat',
      stats: { requests: 0, inFlight: 0, connections: 0 },
      process: sample,
      droppedOutput: 7,
    })
    using other = startInFakeHost()
    await startReady(other, socket)
    const client = await socket.connect()
    vi.advanceTimersByTime(1_000)
    expect(await other.message('beat')).toMatchObject({
      stats: { requests: 1, inFlight: 1, connections: 1 },
    })
    client.destroy()
  })

  it('once more half a beat after an order to let connections go, so that it shows sooner', async () => {
    using host = startInFakeHost()
    using socket = await bindSocket()
    await startReady(host, socket, bootOrder({ beatMs: 20 }))
    host.order({ type: 'shed', count: 0 })
    expect(host.sent.map(({ type }) => type)).not.toContain('beat')
    // No regular one: the intervals stand still.
    expect(await host.message('beat')).toMatchObject({ stats: { requests: 0 } })
  })
})

describe('retiring', () => {
  it('is asked for once, when max-requests is reached, while serving goes on', async () => {
    using host = startInFakeHost()
    using socket = await bindSocket()
    await startReady(host, socket, bootOrder({ maxRequests: 2, beatMs: 1e9 }))
    const clients = [await socket.connect()]
    vi.advanceTimersByTime(1_000)
    expect(retirements(host)).toEqual([])
    clients.push(await socket.connect())
    vi.advanceTimersByTime(1_000)
    clients.push(await socket.connect())
    vi.advanceTimersByTime(1_000)
    expect(retirements(host)).toEqual([{ type: 'retire', reason: 'max-requests' }])
    for (const client of clients) client.destroy()
  })

  it('is asked for when SIGTERM comes from outside', async () => {
    using host = startInFakeHost()
    using socket = await bindSocket()
    await startReady(host, socket)
    host.term()
    expect(retirements(host)).toEqual([{ type: 'retire', reason: 'signal' }])
  })
})

function retirements(host: FakeHost): readonly object[] {
  return host.sent.filter(({ type }) => type === 'retire')
}

const slow = { method: 'GET', url: '/slow', ageMs: 7 }

describe('the last words', () => {
  it('of a worker that crashes name the error', () => {
    using host = startInFakeHost()
    host.order(bootOrder({ export: 'never()' }))
    host.crash(new Error('no database'))
    expect(host.sent).toContainEqual({
      type: 'crashing',
      error: expect.objectContaining({ code: 'app-threw', message: 'no database' }),
    })
  })

  it.each<[string, unknown, object]>([
    ['name the requests that it held', { oldest: () => [slow] }, { requests: [slow] }],
    ['name none where it held none', { oldest: () => [] }, {}],
    ['are said whatever stands where its table should', () => [slow], {}],
    [
      'are said even if it cannot list them',
      {
        oldest() {
          throw new Error('no')
        },
      },
      {},
    ],
  ])('%s', (_, table, said) => {
    using host = startInFakeHost()
    const place = Symbol.for('nunicorn.requests-in-flight')
    vi.stubGlobal(place, table)
    host.crash('a text')
    vi.unstubAllGlobals()
    expect(host.sent).toEqual([{ type: 'crashing', error: expect.anything(), ...said }])
  })
})

describe('a question', () => {
  it('that nobody here can answer is answered by an error', async () => {
    using host = startInFakeHost()
    host.order({ type: 'ask', id: 4, question: { type: 'reopen-logs' } })
    expect(await host.message('answer')).toMatchObject({ id: 4, error: { code: 'cannot-answer' } })
  })

  it('to open the logs anew is answered where there is one', async () => {
    using host = startInFakeHost()
    using socket = await bindSocket()
    const accessLog = { file: '/dev/null', format: 'combined', trusted: [] }
    await startReady(host, socket, bootOrder({ accessLog }))
    host.order({ type: 'ask', id: 5, question: { type: 'reopen-logs' } })
    expect(await host.message('answer')).toEqual({ type: 'answer', id: 5, result: null })
  })
})

describe('an access log', () => {
  it('that cannot be opened is why the worker does not boot', async () => {
    using host = startInFakeHost()
    const accessLog = { file: '/dev/null/access.log', format: 'combined', trusted: [] }
    host.order(bootOrder({ accessLog }))
    expect(await host.message('boot-failed')).toMatchObject({
      stage: 'boot',
      error: { code: 'cannot-open-log', message: expect.stringContaining('ENOTDIR') },
    })
  })
})
