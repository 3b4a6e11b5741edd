import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const env = { ...process.env, PATH: `${root}/node_modules/.bin:${process.env['PATH']}` }

interface Started extends AsyncDisposable {
  readonly child: ChildProcess
  readonly lines: readonly string[]
  line(pattern: RegExp): Promise<RegExpExecArray>
}

/** Starts a command as the leader of a process group of its own, like a shell does with a terminal's job. */
function start(file: string, ...args: readonly string[]): Started {
  const child = spawn(file, args, {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) throw new Error('the output is not a pipe')
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      for (const look of waiting) look()
    })
  }
  return {
    child,
    lines,
    line: (pattern) =>
      new Promise((found, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`no ${pattern} in\n${lines.join('\n')}`)),
          50_000,
        )
        function look(): void {
          const match = lines.map((line) => pattern.exec(line)).find((result) => result !== null)
          if (match === undefined || match === null) return
          clearTimeout(timer)
          waiting.delete(look)
          found(match)
        }
        waiting.add(look)
        look()
      }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        process.kill(-(child.pid ?? 0), 'SIGKILL')
        await once(child, 'exit')
      }
    },
  }
}

describe('the start script', () => {
  it('serves apps/hello, and Ctrl-C, which reaches the whole group, ends it with 0 and no error line', async () => {
    await using started = start('sh', 'scripts/start.sh', 'hello', '-w', '2', '-b', '127.0.0.1:0')
    const [, url = ''] = await started.line(/Listening at: (http:\S+) \((\d+)\)/)
    await started.line(/Worker 1 \(pid \d+\) is ready/)
    await started.line(/Worker 2 \(pid \d+\) is ready/)
    expect(await (await fetch(url)).json()).toMatchObject({ hello: 'world' })
    expect(await (await fetch(`${url}/worker`)).json()).toMatchObject({ generation: 1 })
    expect(await (await fetch(`${url}/stream?lines=3`)).text()).toBe('line 1\nline 2\nline 3\n')
    process.kill(-(started.child.pid ?? 0), 'SIGINT')
    const [code] = (await once(started.child, 'exit')) as [number | null]
    expect(code).toBe(0)
    expect(started.lines.filter((line) => /ERROR|WARNING|rror:/.test(line))).toEqual([])
  })

  it('says which app there is not', async () => {
    await using started = start('sh', 'scripts/start.sh', 'nothing')
    await started.line(/no apps\/nothing/)
  })
})

describe('node_modules/.bin/nunicorn', () => {
  it('becomes the arbiter, on the Node that the project pins', async () => {
    await using started = start(
      'node_modules/.bin/nunicorn',
      'apps/hello/src/app.ts',
      '-w',
      '1',
      '-b',
      '127.0.0.1:0',
    )
    const [, pid] = await started.line(/Listening at: \S+ \((\d+)\)/)
    expect(Number(pid)).toBe(started.child.pid)
    const node = readlinkSync(`${root}/node_modules/.bin/node`)
    expect(readlinkSync(`/proc/${pid}/exe`)).toBe(resolve(root, 'node_modules/.bin', node))
    started.child.kill('SIGTERM')
    const [code] = (await once(started.child, 'exit')) as [number | null]
    expect(code).toBe(0)
  })
})
