import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { listen } from './bad-server.ts'
import { startServers } from './servers.ts'

const command = join(import.meta.dirname, '../bin/torture.js')

describe('the command', () => {
  it('ends with 0 when nothing is lost, and says so', async () => {
    await using server = await httpServer((request, response) => {
      response.setHeader('x-worker', request.url === '/x' ? 'a' : 'b').end('ok')
    })
    await using run = torture(`${server.url}x`, '--for', '1s', '--clients', 'new:2,keep-alive:2:/y')
    expect(await run.ended).toBe(0)
    expect(run.stdout()).toMatch(/^NOTHING LOST of [\d,]+ requests in 1\.\d\d s$/m)
    expect(run.stdout()).toMatch(/^answered by: +2 workers: [ab] \([\d,]+\), [ab] \([\d,]+\)$/m)
    expect(run.stderr()).toBe('')
  })

  it('ends with 1 when something is lost, and says what, and after what', async () => {
    let isBad = false
    await using server = await httpServer((request, response) => {
      if (request.url === '/bad') isBad = true
      if (request.url !== '/') return response.end()
      return isBad ? request.socket.destroy() : response.end('ok')
    })
    const curl = `${process.execPath} -e "fetch('${server.url}bad')"`
    await using run = torture(
      server.url,
      '--for',
      '3s',
      '--every',
      '2s',
      '--do',
      curl,
      '--json',
      '-',
    )
    expect(await run.ended).toBe(1)
    expect(run.stderr()).toMatch(/^LOST [\d,]+ of [\d,]+ requests/m)
    expect(run.stderr()).toMatch(/^before anything was done: nothing lost; longest wait/m)
    expect(run.stderr()).toMatch(/^#1 at 2\.\d\d s, .*: LOST [\d,]+ closed-unanswered, \d+ ms to/m)
    const found = JSON.parse(run.stdout()) as Record<string, never>
    expect(found).toMatchObject({ format: 1, verdict: 'lost', exitCode: 1 })
    expect(found['done']).toMatchObject([
      { number: 0, lost: 0 },
      { number: 1, type: 'do', command: curl, lost: found['lost'] },
    ])
    expect(found['outcomes']).toMatchObject({ 'closed-unanswered': found['lost'] })
  })

  it('ends with 2 when what it should do fails, and says why', async () => {
    await using server = await httpServer((_, response) => response.end('ok'))
    const file = join(tmpdir(), `torture-${randomUUID()}.json`)
    const does = [
      '--do',
      'echo no such thing >&2; exit 3',
      '--do',
      'kill -9 $$',
      '--kill',
      'echo no pid',
    ]
    await using run = torture(
      server.url,
      '--for',
      '900ms',
      '--every',
      '200ms',
      ...does,
      '--json',
      file,
    )
    expect(await run.ended).toBe(2)
    expect(run.stdout()).toMatch(/^NOT AS TOLD, nothing lost of/m)
    expect(run.stdout()).toMatch(/^#1 failed: exit code 3: no such thing$/m)
    expect(run.stdout()).toMatch(/^#2 failed: ended by SIGKILL$/m)
    expect(run.stdout()).toMatch(
      /^#3 failed: the command has to print one pid, and printed "no pid"$/m,
    )
    const found = JSON.parse(readFileSync(file, 'utf8')) as { verdict: string; done: unknown[] }
    rmSync(file)
    expect(found.verdict).toBe('not-as-told')
    expect(found.done.length).toBeGreaterThanOrEqual(4)
  })

  it('does not wait for ever for what it does, nor at all for what that leaves in the background', async () => {
    await using server = await httpServer((_, response) => response.end('ok'))
    const does = ['--do', 'sleep 2 &', '--do', 'sleep 1000']
    await using run = torture(server.url, '--for', '500ms', '--every', '100ms', ...does)
    expect(await run.ended).toBe(2)
    expect(run.stdout()).toMatch(/^#1 at 0\.1\d s, sleep 2 &: nothing lost; /m)
    expect(run.stdout()).toMatch(/^#2 failed: ended by SIGKILL$/m)
  })

  it('ends early on Ctrl-C, with the verdict', async () => {
    const asked = Promise.withResolvers<void>()
    await using server = await httpServer((_, response) => {
      response.end('ok')
      asked.resolve()
    })
    await using run = torture(server.url, '--for', '1h')
    await asked.promise
    run.child.kill('SIGINT')
    expect(await run.ended).toBe(0)
    expect(run.stdout()).toMatch(/^NOTHING LOST of/m)
  })

  it('does not wait any longer after a second Ctrl-C', async () => {
    const asked = Promise.withResolvers<void>()
    await using server = await httpServer(() => asked.resolve())
    await using run = torture(server.url, '--for', '1h', '--timeout', '1h', '--clients', 'new:1')
    await asked.promise
    run.child.kill('SIGINT')
    const again = setInterval(() => run.child.kill('SIGINT'), 20)
    expect(await run.ended.finally(() => clearInterval(again))).toBe(130)
  })

  it('says all that is wrong with its command line, and ends with 2', async () => {
    await using run = torture('http://127.0.0.1:1/', '--for', 'x', '--clients', 'y')
    expect(await run.ended).toBe(2)
    expect(run.stderr().match(/^torture: /gm)).toHaveLength(2)
    expect(run.stdout()).toBe('')
  })

  it('ends with 2 when nobody listens', async () => {
    await using run = torture('--unix', '/nowhere/to.sock')
    expect(await run.ended).toBe(2)
    expect(run.stderr()).toBe(
      'torture: /nowhere/to.sock: connect: ENOENT. Start the server first.\n',
    )
  })

  it('does not touch another machine unless told that it may', async () => {
    // TEST-NET-1 (RFC 5737): nobody's.
    await using refused = torture('http://192.0.2.1/')
    expect(await refused.ended).toBe(2)
    expect(refused.stderr()).toMatch(
      /^torture: 192\.0\.2\.1 is not this machine\. .*--i-own-this-host\.$/m,
    )
  })

  it('knows its help and its version', async () => {
    await using help = torture('--help')
    await using version = torture('--version')
    expect(await Promise.all([help.ended, version.ended])).toEqual([0, 0])
    expect(help.stdout()).toContain("--do 'kill -HUP 4711' --every 2s")
    expect(version.stdout()).toMatch(/^torture \d+\.\d+\.\d+/)
  })

  it.runIf(process.platform === 'linux')('excuses what a process held that it killed', async () => {
    await using servers = await startServers(2)
    const [victim] = servers.children
    const { host, port } = servers.target
    await using run = torture(
      `http://${host}:${port}/`,
      '--clients',
      'keep-alive:32',
      '--think',
      '0',
      '--for',
      '1500ms',
      '--every',
      '1s',
      '--kill',
      String(victim?.pid),
      '--json',
      '-',
    )
    await run.ended
    const found = JSON.parse(run.stdout()) as { excused: number; done: unknown[] }
    expect(found.excused, run.stderr()).toBeGreaterThan(0)
    expect(found).toMatchObject({ verdict: 'nothing-lost', lost: 0, exitCode: 0 })
    expect(found.done[1]).toMatchObject({ type: 'kill', pid: victim?.pid, lost: 0 })
  })
})

interface Running extends AsyncDisposable {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  stdout(): string
  stderr(): string
}

function torture(...argv: readonly string[]): Running {
  const child = spawn(process.execPath, [command, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (bytes: Buffer) => (stdout += String(bytes)))
  child.stderr.on('data', (bytes: Buffer) => (stderr += String(bytes)))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function httpServer(listener: RequestListener) {
  const server: Server = createServer(listener)
  const port = await listen(server)
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
