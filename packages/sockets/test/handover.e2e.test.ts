import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { type Address, bindListener, type BoundListener, parseAddress } from '../src/index.ts'
import { answerOf, open, openMany } from './client.ts'
import { createFolder } from './folder.ts'
import { startWorker } from './worker.ts'

const anyPort = parseAddress('127.0.0.1:0')
const ways = [
  { way: 'one of several TCP sockets', slots: 1, reusePort: true, unix: false },
  { way: 'a shared TCP socket', slots: 2, reusePort: false, unix: false },
  { way: 'a Unix socket', slots: 2, reusePort: true, unix: true },
]

describe.each(ways)('$way', ({ slots, reusePort, unix }) => {
  async function bind(folder: string): Promise<BoundListener> {
    const address: Address = unix ? { type: 'unix', path: join(folder, 'app.sock') } : anyPort
    return bindListener(address, { slots, reusePort })
  }

  it('refuses connections until the first worker listens, and answers from then on', async () => {
    await using folder = await createFolder()
    await using listener = await bind(folder.path)
    await expect(open(listener.address)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await using worker = startWorker()
    const { address } = await worker.listen(listener.handle(0))
    expect(address).toEqual(
      listener.address.type === 'tcp'
        ? { address: '127.0.0.1', family: 'IPv4', port: listener.address.port }
        : 'the path',
    )
    expect(await answerOf(await open(listener.address))).toBe(worker.pid)
  })

  it('is served by one worker while the other one is blocked, and after it was killed', async () => {
    await using folder = await createFolder()
    await using listener = await bind(folder.path)
    await using blocked = startWorker()
    await using worker = startWorker()
    await blocked.listen(listener.handle(0))
    await worker.listen(listener.handle(0))

    await blocked.block()
    const during = await openMany(listener.address, 20)
    expect(await Promise.all(during.map(answerOf))).toEqual(during.map(() => worker.pid))
    await blocked.kill()
    const after = await openMany(listener.address, 20)
    expect(await Promise.all(after.map(answerOf))).toEqual(after.map(() => worker.pid))
  })

  it('keeps what is queued when its only worker is killed, for the next one', async () => {
    await using folder = await createFolder()
    await using listener = await bind(folder.path)
    await using blocked = startWorker()
    await using next = startWorker()
    await blocked.listen(listener.handle(0))

    await blocked.block()
    const queued = await openMany(listener.address, 20)
    await blocked.kill()
    queued.push(...(await openMany(listener.address, 20)))
    await next.listen(listener.handle(0))
    expect(await Promise.all(queued.map(answerOf))).toEqual(queued.map(() => next.pid))
  })

  it('keeps what is queued when its only worker closes its door', async () => {
    await using folder = await createFolder()
    await using listener = await bind(folder.path)
    await using leaving = startWorker()
    await using next = startWorker()
    await leaving.listen(listener.handle(0))

    await leaving.block()
    const closed = leaving.close()
    const sockets = await openMany(listener.address, 20)
    leaving.unblock()
    await closed
    sockets.push(...(await openMany(listener.address, 20)))
    await next.listen(listener.handle(0))
    const answers = await Promise.all(sockets.map(answerOf))
    expect(answers.slice(20)).toEqual(Array.from({ length: 20 }, () => next.pid))
  })

  it('can be taken back and given again', async () => {
    await using folder = await createFolder()
    await using listener = await bind(folder.path)
    await using worker = startWorker()
    for (let round = 0; round < 3; round += 1) {
      await worker.listen(listener.handle(0))
      expect(await answerOf(await open(listener.address))).toBe(worker.pid)
      await worker.close()
    }
  })
})

describe.skipIf(process.platform !== 'linux')('several TCP sockets', () => {
  it('grow in number under load without a failure, and share it', async () => {
    await using listener = await bindListener(anyPort, { slots: 1, reusePort: true })
    await using first = startWorker()
    await using second = startWorker()
    await first.listen(listener.handle(0))

    const answers = new Map<number, number>()
    const enough = new Promise<void>((resolve, reject) => {
      const askOn = async (): Promise<void> => {
        while ((answers.get(second.pid) ?? 0) < 50) {
          const pid = await answerOf(await open(listener.address))
          answers.set(pid, (answers.get(pid) ?? 0) + 1)
        }
      }
      Promise.all(Array.from({ length: 8 }, askOn)).then(() => resolve(), reject)
    })
    listener.grow(2)
    await second.listen(listener.handle(1))
    await enough
    expect(new Set(answers.keys())).toEqual(new Set([first.pid, second.pid]))
  })

  it('cannot be listened on when a foreign server took the port first, and the worker says so', async () => {
    await using listener = await bindListener(anyPort, { slots: 1, reusePort: true })
    await using worker = startWorker()
    await using foreign = createServer()
    await once(foreign.listen(listener.address), 'listening')
    expect(await worker.listen(listener.handle(0))).toEqual({ failure: 'cannot-listen' })
  })
})
