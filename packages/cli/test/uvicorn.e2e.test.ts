import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProgramProject } from './support/programs.ts'
import type { Project } from './support/project.ts'
import { until } from './support/until.ts'

/** Debian's, where python3-fastapi and uvicorn are. */
const python = '/usr/bin/python3'
const missing = spawnSync(python, ['-c', 'import fastapi, uvicorn']).status !== 0

const withoutWebSockets =
  spawnSync(python, ['-c', 'import wsproto']).status !== 0 &&
  spawnSync(python, ['-c', 'import websockets']).status !== 0

const source = `
import asyncio, os
from fastapi import BackgroundTasks, FastAPI, Request, WebSocket, WebSocketDisconnect

app = FastAPI()

@app.on_event("startup")
async def startup():
    if os.path.exists("no-database"):
        raise RuntimeError("no database")

@app.on_event("shutdown")
async def shutdown():
    open("shut-down", "a").write("x")

@app.get("/")
async def root(request: Request):
    return {"version": open("version").read(), "root": request.scope.get("root_path")}

@app.get("/pid")
async def pid():
    return os.getpid()

@app.get("/slow")
async def slow():
    await asyncio.sleep(1)
    return "slow"

async def later():
    await asyncio.sleep(1)
    open("later", "w").write("done")

@app.get("/background")
async def background(tasks: BackgroundTasks):
    tasks.add_task(later)
    return "soon"

@app.websocket("/echo")
async def echo(socket: WebSocket):
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        open("disconnected", "w").write("x")

@app.websocket("/undecided")
async def undecided(socket: WebSocket):
    open("undecided", "w").write("x")
    await asyncio.sleep(1)
    await socket.accept()
    await socket.receive_text()

def spin():
    while True:
        pass

@app.get("/hang")
async def hang():
    spin()
`

function project(files: Readonly<Record<string, string>> = {}): Promise<Project> {
  return createProgramProject({ 'main.py': source, version: '1', ...files })
}

function start(
  where: Project,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Nunicorn {
  return startNunicorn({
    directory: where.directory,
    args: ['-b', '127.0.0.1:0', '--graceful-timeout', '10s', ...args],
    env: { PATH: `/usr/bin:${process.env['PATH']}`, VIRTUAL_ENV: '', ...env },
  })
}

async function ask(nunicorn: Nunicorn, path: string): Promise<unknown> {
  const { host, port } = await nunicorn.address()
  const response = await fetch(`http://${host}:${port}${path}`, {
    headers: { connection: 'close' },
  })
  return await response.json()
}

describe.skipIf(missing)(
  `-k uvicorn${missing ? ` (skipped: ${python} has no fastapi)` : ''}`,
  () => {
    it('serves a FastAPI app, by the name that Gunicorn has for it too, and runs its lifespan', async () => {
      await using where = await project()
      await using nunicorn = start(where, [
        '-k',
        'uvicorn.workers.UvicornWorker',
        'main:app',
        '-w',
        '2',
      ])
      await nunicorn.ready(2)
      await nunicorn.log.waitFor(/Using worker class: uvicorn \(uvicorn [\d.]+, Python [\d.]+, /)
      expect(await ask(nunicorn, '/')).toEqual({ version: '1', root: '' })
      expect(nunicorn.workers()).toContain(await ask(nunicorn, '/pid'))
      nunicorn.signal('SIGTERM')
      expect(await nunicorn.exited).toBe(0)
      expect(readFileSync(where.path('shut-down'), 'utf8')).toBe('xx')
    })

    it('finishes what is in flight and background tasks before it leaves', async () => {
      await using where = await project()
      await using nunicorn = start(where, ['-k', 'uvicorn', 'main:app', '-w', '1'])
      await nunicorn.ready(1)
      const slow = ask(nunicorn, '/slow')
      expect(await ask(nunicorn, '/background')).toBe('soon')
      nunicorn.signal('SIGTERM')
      expect(await slow).toBe('slow')
      expect(await nunicorn.exited).toBe(0)
      expect(existsSync(where.path('later'))).toBe(true)
    })

    it('loses no request over reloads, of kept connections neither, and serves the new code then', async () => {
      await using where = await project()
      await using nunicorn = start(where, [
        '-k',
        'uvicorn',
        'main:app',
        '-w',
        '2',
        '--soak',
        '200ms',
        '--keep-alive',
        '1s',
      ])
      await nunicorn.ready(2)
      await using load = await loadOf(nunicorn, {
        clients: [
          { kind: 'connection-per-request', concurrency: 4 },
          { kind: 'keep-alive', concurrency: 4 },
        ],
      })
      for (let count = 1; count <= 2; count += 1) {
        await answered(load, 100)
        await where.write('version', String(count + 1))
        nunicorn.signal('SIGHUP')
        await nunicorn.log.waitFor(/Reloaded: all workers are of generation/, { count })
      }
      await answered(load, 100)
      expectNoFailure(await load.stop())
      expect(await ask(nunicorn, '/')).toMatchObject({ version: '3' })
    })

    it('replaces a worker that is killed, and one that hangs, which it names by file and line', async () => {
      await using where = await project()
      await using nunicorn = start(where, [
        '-k',
        'uvicorn',
        'main:app',
        '-w',
        '2',
        '--timeout',
        '1s',
      ])
      await nunicorn.ready(2)
      process.kill(nunicorn.workers()[0] ?? 0, 'SIGKILL')
      await nunicorn.log.waitFor(/ended: a signal from outside, SIGKILL/)
      await nunicorn.ready(3)
      await expect(ask(nunicorn, '/hang')).rejects.toThrow()
      await nunicorn.log.waitFor(/did not answer within timeout and was spinning, in:/)
      await nunicorn.log.waitFor(/^ {4}at spin \(.*main\.py:\d+\)$/)
      await nunicorn.log.waitFor(/^ {4}at hang \(.*main\.py:\d+\)$/)
      await nunicorn.ready(4)
      expect(await ask(nunicorn, '/pid')).toEqual(expect.any(Number))
    })

    it('is replaced at max-requests, and loses nothing for it', async () => {
      await using where = await project()
      await using nunicorn = start(where, [
        '-k',
        'uvicorn',
        'main:app',
        '-w',
        '2',
        '--max-requests',
        '50',
      ])
      await nunicorn.ready(2)
      await using load = await loadOf(nunicorn, {
        clients: [{ kind: 'connection-per-request', concurrency: 2 }],
      })
      await nunicorn.log.waitFor(/retires \(max-requests\)/, { count: 2 })
      await nunicorn.ready(4)
      expectNoFailure(await load.stop())
    })

    it.each([
      ['whose lifespan fails', 'main:app', 3, /RuntimeError: no database/],
      ['that is not there', 'nowhere:app', 4, /Could not import module "nowhere"/],
      ['that is not in its module', 'main:nothing', 4, /Attribute "nothing" not found/],
      ['that cannot be imported', 'broken:app', 3, /broken\.py", line 1/],
      ['that is a file', 'main.py', 4, /takes a module.*Write main:app/],
    ])('an app %s ends the start with its exit code', async (_, app, code, words) => {
      await using where = await project({ 'no-database': '', 'broken.py': 'import nothing_at_all' })
      await using nunicorn = start(where, ['-k', 'uvicorn', app, '-w', '1'])
      expect(await nunicorn.exited).toBe(code)
      await nunicorn.log.waitFor(words)
    })

    it('says how uvicorn is installed where it is missing', async () => {
      await using where = await project()
      spawnSync(python, ['-m', 'venv', '--without-pip', where.path('.venv')])
      await using nunicorn = start(where, ['-k', 'uvicorn', 'main:app'])
      expect(await nunicorn.exited).toBe(4)
      await nunicorn.log.waitFor(/\.venv\/bin\/python\S* has no uvicorn\. Install it with "/)
    })

    it.skipIf(withoutWebSockets)(
      'tells WebSockets that the service restarts, also one whose handshake goes on, and is gone before the deadline',
      async () => {
        await using where = await project()
        const args = ['-k', 'uvicorn', 'main:app', '-w', '1', '--graceful-timeout', '30s']
        await using nunicorn = start(where, args)
        await nunicorn.ready(1)
        const { host, port } = await nunicorn.address()
        const socket = new WebSocket(`ws://${host}:${port}/echo`)
        await once(socket, 'open')
        socket.send('hello')
        expect(await once(socket, 'message')).toMatchObject([{ data: 'hello' }])
        const late = new WebSocket(`ws://${host}:${port}/undecided`)
        const ends = [once(socket, 'close'), once(late, 'close')]
        const opened = once(late, 'open')
        await until(() => existsSync(where.path('undecided')))
        const from = performance.now()
        nunicorn.signal('SIGTERM')
        await opened
        for (const end of ends) expect(await end).toMatchObject([{ code: 1012 }])
        expect(await nunicorn.exited).toBe(0)
        expect(performance.now() - from).toBeLessThan(15_000)
        expect(existsSync(where.path('disconnected'))).toBe(true)
      },
    )

    it('TERM to a worker from outside: it is replaced first, drains, and it is no failure', async () => {
      await using where = await project()
      await using nunicorn = start(where, ['-k', 'uvicorn', 'main:app', '-w', '1'])
      await nunicorn.ready(1)
      const [worker = 0] = nunicorn.workers()
      const slow = ask(nunicorn, '/slow')
      await ask(nunicorn, '/pid')
      process.kill(worker, 'SIGTERM')
      expect(await slow).toBe('slow')
      await nunicorn.ready(2)
      await nunicorn.log.waitFor(new RegExp(`\\(pid ${worker}\\) has left`))
      expect(await ask(nunicorn, '/pid')).not.toBe(worker)
      expect(nunicorn.log.lines.filter((line) => /ERROR|WARNING/.test(line))).toEqual([])
    })

    it.each([
      [
        'fine',
        'main:app',
        0,
        /The settings are fine, and main:app can be imported; it was not started, and its lifespan/,
      ],
      ['not there', 'main:nothing', 1, /Attribute "nothing" not found/],
      ['not to be imported', 'broken:app', 1, /broken\.py", line 1/],
    ])('--check-config says of an app that it is %s', async (_, app, code, words) => {
      await using where = await project({ 'broken.py': 'import nothing_at_all' })
      await using nunicorn = start(where, ['-k', 'uvicorn', app, '--check-config'])
      let said = ''
      nunicorn.process.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
      expect(await nunicorn.exited).toBe(code)
      await nunicorn.closed
      expect(said + nunicorn.log.lines.join('\n')).toMatch(words)
    })

    it('passes options of uvicorn by its own variables, and over them those after --', async () => {
      await using where = await project()
      const env = { UVICORN_ROOT_PATH: '/shop' }
      const args = ['-k', 'uvicorn', '-w', '1', 'main:app']
      await using byVariable = start(where, args, env)
      await byVariable.ready(1)
      expect(await ask(byVariable, '/')).toMatchObject({ root: '/shop' })
      await using byOption = start(where, [...args, '--', '--root-path', '/inn'], env)
      await byOption.ready(1)
      expect(await ask(byOption, '/')).toMatchObject({ root: '/inn' })
    })
  },
)
