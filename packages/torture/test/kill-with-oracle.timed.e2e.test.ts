import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

import { describe, expect, it } from 'vitest'

import {
  describeReport,
  heldConnections,
  killWithOracle,
  openConnection,
  startLoad,
} from '../src/index.ts'
import { startServers } from './servers.ts'

describe.runIf(process.platform === 'linux')('the kill oracle', () => {
  it('counts what a process has accepted, not what waits in the queue', async () => {
    await using servers = await startServers(2)
    const [victim, other] = servers.children
    // The other one never accepts, but keeps the queue alive.
    other?.kill('SIGSTOP')
    const pid = victim?.pid ?? 0
    await using idle = await openConnection(servers.target)
    await using halfClosed = await openConnection(servers.target)
    for (const connection of [idle, halfClosed]) {
      await connection.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
      await connection.readAnswer()
    }
    await halfClosed.send('GET /hold HTTP/1.1\r\nHost: x\r\n\r\n')
    halfClosed.end()
    expect(await heldConnections(pid)).toMatchObject({ pid, ports: portsOf(idle, halfClosed) })
    victim?.kill('SIGSTOP')
    await using queued = await openConnection(servers.target)
    expect((await killWithOracle(pid)).ports).toEqual(portsOf(idle, halfClosed))
    expect(await idle.closed).toBe('fin')
    await expect(halfClosed.readAnswer()).rejects.toMatchObject({ bytesReceived: 0 })
    expect(queued.ending).toBeUndefined()
  })

  it('tells the failures of a killed process from those of others', async () => {
    await using servers = await startServers(2)
    await using run = startLoad({
      target: servers.target,
      clients: [
        { kind: 'connection-per-request', concurrency: 16 },
        { kind: 'keep-alive', concurrency: 16, thinkMs: [0, 3] },
      ],
    })
    await run.until(({ requests, workers }) => requests >= 2000 && workers.size === 2)
    const [victim = 0, survivor = 0] = await busiestFirst(servers.children)
    const held = await killWithOracle(victim)
    const killedMs = held.countedAt - run.report().startedAt
    await run.until(({ requests }) => requests >= 5000)
    const report = await run.stop()
    expect(report.failed, describeReport(report)).toBeGreaterThan(0)
    expect(report.failed, describeReport(report)).toBeLessThanOrEqual(held.ports.size)
    expect(report.failuresOutside(held), describeReport(report)).toEqual([])
    expect(report.failuresOutside()).toHaveLength(report.failed)
    expect(report.workers.get(`${victim}`)?.lastMs).toBeLessThanOrEqual(killedMs)
    expect(report.workers.get(`${survivor}`)?.lastMs).toBeGreaterThan(killedMs)
  })

  it('does not excuse a failure on the same port at another time', async () => {
    await using servers = await startServers(1)
    const pid = servers.children[0]?.pid ?? 0
    await using run = startLoad({
      target: servers.target,
      clients: [{ kind: 'keep-alive', concurrency: 1 }],
      request: { path: '/hold' },
      timeoutMs: 100,
    })
    await run.until(({ failed }) => failed >= 1)
    const [failure] = (await run.stop()).failures
    const ports = new Set([failure?.localPort ?? 0])
    const { startedAt, failuresOutside } = run.report()
    const excuses = (atMs: number): boolean => {
      return !failuresOutside({ pid, ports, countedAt: startedAt + atMs }).includes(failure!)
    }
    expect(excuses((failure?.failedMs ?? 0) - 1)).toBe(true)
    expect(excuses((failure?.openedMs ?? 0) - 1)).toBe(false)
    expect(excuses((failure?.failedMs ?? 0) + 1)).toBe(false)
  })

  it('fails for a process that does not exist', async () => {
    const child = fork(new URL('fixtures/server.ts', import.meta.url))
    child.kill('SIGKILL')
    await once(child, 'exit')
    await expect(heldConnections(child.pid ?? 0)).rejects.toThrow(/ENOENT/)
    await expect(killWithOracle(child.pid ?? 0)).rejects.toThrow(/ESRCH/)
  })
})

/** The first one holds at least half of the kept connections, each of which soon has a request in flight. */
async function busiestFirst(children: readonly ChildProcess[]): Promise<number[]> {
  const held = await Promise.all(children.map(({ pid = 0 }) => heldConnections(pid)))
  return held.toSorted((a, b) => b.ports.size - a.ports.size).map(({ pid }) => pid)
}

function portsOf(
  ...connections: readonly { readonly localPort: number | undefined }[]
): Set<number> {
  return new Set(connections.map(({ localPort }) => localPort ?? 0))
}
