import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, truncateSync } from 'node:fs'
import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { describe, expect, it } from 'vitest'

import { startChatter, startChatterInTerminal } from './chatter.ts'

const mebibyte = 1024 * 1024

describe('a process with guarded output', () => {
  it('loses nothing while its reader reads, not even at its exit', async () => {
    await using chatter = startChatter('pipe')
    const output = text(chatter.child.stdout!)
    const { kind, dropped } = await chatter.say(500)
    expect({ kind, dropped }).toEqual({ kind: 'Socket', dropped: { chunks: 0, bytes: 0 } })
    expect(await chatter.exit({ flushMs: 10_000 })).toBe(0)
    expect(await output).toHaveLength(500_000)
  })

  it.skipIf(!existsSync('/dev/full'))(
    'lives on when the disk is full, and counts what it drops',
    async () => {
      const full = openSync('/dev/full', 'w')
      await using chatter = startChatter(full)
      closeSync(full)
      expect(await chatter.say(100)).toMatchObject({
        kind: 'SyncWriteStream',
        dropped: { chunks: 100, bytes: 100_000 },
      })
      expect(await chatter.say(100)).toMatchObject({ dropped: { chunks: 200, bytes: 200_000 } })
      expect(await chatter.exit()).toBe(0)
    },
  )

  it('writes again when there is space again', async ({ skip }) => {
    await using disk = await mountSmallDisk()
    if (disk === undefined) return skip('only root on Linux can mount a small disk')
    const log = join(disk.path, 'log')
    const descriptor = openSync(log, 'a')
    await using chatter = startChatter(descriptor)
    closeSync(descriptor)

    const { dropped } = await chatter.say(100)
    expect(dropped.chunks).toBeGreaterThan(0)
    expect(dropped.chunks).toBeLessThan(100)
    truncateSync(log)
    expect(await chatter.say(10)).toMatchObject({ dropped })
  })

  it('lives on when its reader has gone', async () => {
    await using chatter = startChatter('pipe')
    await chatter.say(1)
    chatter.child.stdout!.destroy()
    const { dropped, waitingBytes } = await chatter.say(100)
    expect(dropped.chunks).toBeGreaterThan(90)
    expect(waitingBytes).toBe(0)
    expect(await chatter.exit()).toBe(0)
  })

  it('keeps its memory bounded while its reader has stopped, goes on when it reads again, and does not hang at its exit', async () => {
    await using chatter = startChatter('pipe')
    const before = await chatter.say(1)
    const stalled = await chatter.say(50_000)
    expect(stalled.waitingBytes).toBeLessThanOrEqual(mebibyte)
    expect(stalled.dropped.bytes).toBeGreaterThan(45_000_000)
    expect(stalled.rssBytes - before.rssBytes).toBeLessThan(40 * mebibyte)

    let received = 0
    const arrived = new Promise<void>((resolve) => {
      chatter.child.stdout!.on('data', (chunk: Buffer) => {
        received += chunk.length
        if (received === 50_001_000 - stalled.dropped.bytes) resolve()
      })
    })
    await arrived
    expect(await chatter.say(100)).toMatchObject({ dropped: stalled.dropped })

    chatter.child.stdout!.pause()
    expect((await chatter.say(5_000)).waitingBytes).toBeGreaterThan(0)
    expect(await chatter.exit({ flushMs: 50 })).toBe(0)
  })

  describe.skipIf(spawnSync('script', ['--version']).error !== undefined)('in a terminal', () => {
    it('is not blocked when the terminal takes no output', async () => {
      await using chatter = startChatterInTerminal()
      const { kind, waitingBytes, dropped } = await chatter.say(5_000)
      expect(kind).toBe('WriteStream')
      expect(waitingBytes).toBeLessThanOrEqual(mebibyte)
      expect(dropped.bytes).toBeGreaterThan(3_000_000)
    })

    it('lives on when the terminal is closed', async () => {
      await using chatter = startChatterInTerminal()
      chatter.child.stdout!.resume()
      await chatter.say(1)
      // The process that writes is a child of script(1), and keeps our IPC channel.
      chatter.child.kill('SIGKILL')
      await once(chatter.child, 'exit')
      expect((await chatter.say(100)).dropped.chunks).toBeGreaterThan(90)
    })
  })
})

/** A disk of 64 KiB; undefined where we may not mount one. */
async function mountSmallDisk(): Promise<
  ({ readonly path: string } & AsyncDisposable) | undefined
> {
  const path = await mkdtemp(join(tmpdir(), 'nunicorn-disk-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path])
  if (status !== 0) {
    await rmdir(path)
    return undefined
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      execFileSync('umount', ['--lazy', path])
      await rmdir(path)
    },
  }
}
