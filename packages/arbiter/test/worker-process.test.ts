import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { WorkerMessage } from '@nunicorn/contract'
import { describe, expect, it } from 'vitest'

import type { SpawnOrder, WorkerProcess } from '../src/ports.ts'
import { childProcesses } from '../src/worker-process.ts'

type Exit = Parameters<SpawnOrder['onExit']>[0]

interface Child {
  readonly process: WorkerProcess
  readonly messages: readonly WorkerMessage[]
  readonly complaints: readonly string[]
  readonly exit: Promise<Exit>
}

/** Starts a real process that runs `code`. */
async function run(
  code: string,
  given: Partial<Pick<SpawnOrder, 'directory' | 'env'>> = {},
): Promise<Child & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'nunicorn-process-'))
  const main = join(folder, 'main.mjs')
  await writeFile(main, code)
  const messages: WorkerMessage[] = []
  const complaints: string[] = []
  const { promise: exit, resolve: onExit } = Promise.withResolvers<Exit>()
  const order = {
    directory: folder,
    env: {},
    ...given,
    onMessage: (message: WorkerMessage) => void messages.push(message),
    onMalformed: () => void complaints.push('malformed'),
    onExit,
  }
  const process = childProcesses({ main })(order)
  return {
    process,
    messages,
    complaints,
    exit,
    async [Symbol.asyncDispose]() {
      process.signal('SIGKILL')
      await exit
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const beat = {
  type: 'beat',
  stats: { requests: 0, inFlight: 0, connections: 0 },
  process: {
    rssBytes: 0,
    heapUsedBytes: 0,
    heapLimitBytes: 0,
    utilisation: 0,
    loopDelayMs: 0,
    cpuSeconds: 0,
  },
  droppedOutput: 0,
}

describe('a worker process', () => {
  it('may say things of its own on the channel, which mean nothing to the arbiter', async () => {
    const words = [
      'ready',
      null,
      17,
      { type: 'online' },
      { cmd: 'NODE_SOMETHING' },
      {},
      ['ready'],
      beat,
    ]
    await using child = await run(`
      for (const word of ${JSON.stringify(words)}) process.send(word)
      process.disconnect()
    `)
    expect(await child.exit).toMatchObject({ code: 0 })
    expect(child.messages).toEqual([beat])
    expect(child.complaints).toEqual([])
  })

  it('is complained of once when it says what only looks like ours', async () => {
    const words = [
      { type: { toString: 'ready' } },
      { type: ['ready'] },
      { type: 'ready' },
      { type: 'boot-failed' },
      { type: 'drained', cut: 3 },
      beat,
    ]
    await using child = await run(`
      for (const word of ${JSON.stringify(words)}) process.send(word)
      process.disconnect()
    `)
    expect(await child.exit).toMatchObject({ code: 0 })
    expect(child.messages).toEqual([beat])
    expect(child.complaints).toHaveLength(1)
  })

  it('has said its last words before its end is reported', async () => {
    await using child = await run(`
      for (let count = 0; count < 500; count += 1) process.send(${JSON.stringify(beat)})
      process.send({ type: 'drained', cut: [] }, () => process.exit(3))
    `)
    expect(await child.exit).toMatchObject({ code: 3, signal: null })
    expect(child.messages).toHaveLength(501)
  })

  it('ends with the signal that it was sent', async () => {
    await using child = await run('setInterval(() => {}, 1000)')
    child.process.signal('SIGKILL')
    expect(await child.exit).toMatchObject({ code: null, signal: 'SIGKILL' })
  })

  it('takes no more mail once it has gone, and nobody minds', async () => {
    await using child = await run('')
    await child.exit
    child.process.send({ type: 'drain', deadlineMs: 0, acceptQueued: false })
    child.process.signal('SIGTERM')
  })

  it.each([
    ['there is no such directory', { directory: '/no/such/directory' }, /ENOENT/],
    ['its directory is a file', { directory: '/etc/passwd' }, /ENOTDIR/],
    [
      'its environment is too large for execve(2)',
      { env: { HUGE: 'x'.repeat(3_000_000) } },
      /E2BIG/,
    ],
  ])('reports that it cannot be started: %s', async (_, given, why) => {
    await using child = await run('', given)
    expect(child.process.pid).toBeUndefined()
    expect((await child.exit).spawnError).toMatch(why)
    child.process.send({ type: 'drain', deadlineMs: 0, acceptQueued: false })
  })
})
