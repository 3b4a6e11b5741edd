import { existsSync, readFileSync } from 'node:fs'
import { get } from 'node:http'

import { describe, expect, it } from 'vitest'

import { answered, expectNoFailure, loadOf } from './support/load.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProgramProject, serverSource } from './support/programs.ts'
import type { Project } from './support/project.ts'
import { until } from './support/until.ts'

const node = process.execPath
const python = '/usr/bin/python3'
/** A server that knows nothing of nunicorn but its descriptor. */
const plain = `import { serve } from './server.mjs'\nserve(process.argv[2].split(',').map(Number))\n`
/** One that speaks the notify protocol. */
const speaking = `
import { say, serve } from './server.mjs'
serve([3])
say('READY=1')
`

/** The same, but ready only when the one before it has ended. */
const patient = `
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { say, serve } from './server.mjs'
const before = existsSync('pid') ? Number(readFileSync('pid', 'utf8')) : undefined
const isGone = () => { try { return !process.kill(before, 0) } catch { return true } }
while (before && !isGone()) await new Promise((resolve) => setTimeout(resolve, 20))
writeFileSync('pid', String(process.pid))
serve([3])
say('READY=1')
`
/** Leaves at once. */
const obeys = (code: number): string =>
  `process.on('SIGTERM', () => { ${code === 0 ? "say('STOPPING=1'); " : ''}process.exit(${code}) })`

async function project(main: string): Promise<Project> {
  return await createProgramProject({ 'server.mjs': serverSource, 'main.mjs': main })
}

function start(where: Project, app: string, ...args: readonly string[]): Nunicorn {
  return startIn({}, where, [app, ...args])
}

function startIn(
  env: Readonly<Record<string, string>>,
  where: Project,
  [app = '', ...args]: readonly string[],
): Nunicorn {
  const bind = args.includes('-b') ? [] : ['-b', '127.0.0.1:0']
  return startNunicorn({
    directory: where.directory,
    args: ['-k', 'exec', app, '-w', '1', ...bind, ...args],
    env,
  })
}

function ask(at: { readonly host: string; readonly port: number }, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ ...at, path, agent: false }, async (answer) => {
      let text = ''
      for await (const chunk of answer.setEncoding('utf8')) text += chunk as string
      resolve(text)
    }).on('error', reject)
  })
}

function sorted(pids: readonly number[]): readonly number[] {
  return pids.toSorted((a, b) => a - b)
}

function lives(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

function readyPids(nunicorn: Nunicorn): readonly number[] {
  return nunicorn.log.lines.flatMap((line) => {
    const [, pid] = /Worker \d+ \(pid (\d+)\) is ready/.exec(line) ?? []
    return pid === undefined ? [] : [Number(pid)]
  })
}

describe('-k exec', () => {
  it('gives the program its descriptor, by {fd} and by LISTEN_FDS, and an environment of its own', async () => {
    await using where = await project(plain)
    const ofSystemd = { NOTIFY_SOCKET: '/nowhere', LISTEN_FDS: '9' }
    await using nunicorn = startIn(ofSystemd, where, [`${node} main.mjs {fd}`, '-w', '2'])
    await nunicorn.ready(2)
    const at = await nunicorn.address()
    const env = JSON.parse(await ask(at, '/env')) as Record<string, string>
    expect(env).toMatchObject({
      LISTEN_FDS: '1',
      LISTEN_PID: env['PID'],
      LISTEN_FDNAMES: `127.0.0.1_${at.port}`,
      NUNICORN_NOTIFY_FD: '4',
      NUNICORN_GENERATION: '1',
    })
    expect(env).not.toHaveProperty('NOTIFY_SOCKET')
    await nunicorn.log.waitFor(/Using worker class: exec$/)
  })

  it('is not ready before the program has accepted, on a Unix socket either', async () => {
    await using where = await project(plain)
    const args = ['sleep 100', '-b', 'unix:app.sock', '--boot-timeout', '2s']
    await using nunicorn = startIn({}, where, args)
    expect(await nunicorn.exited).toBe(3)
    expect(nunicorn.log.lines.join('\n')).toMatch(/was not ready within boot-timeout/)
  })

  it('gives the program what follows --, as it stands', async () => {
    await using where = await project(plain)
    await using nunicorn = start(where, node, '-w', '1', '--', 'main.mjs', '{fd}', '--a b')
    await nunicorn.ready(1)
    expect(JSON.parse(await ask(await nunicorn.address(), '/arguments'))).toEqual(['3', '--a b'])
  })

  it('starts no Node process beside the program: its workers are the programs', async () => {
    await using where = await project(plain)
    await using nunicorn = start(where, `${node} main.mjs {fd}`, '-w', '2')
    await nunicorn.ready(2)
    // Not at once: the kernel's list of children has gaps while one of them ends.
    const programs = String(sorted(readyPids(nunicorn)))
    await until(() => String(sorted(nunicorn.workers())) === programs)
  })

  it('gives all descriptors by {fds}, a Unix socket among them', async () => {
    await using where = await project(plain)
    await using nunicorn = start(
      where,
      `${node} main.mjs {fds}`,
      '-b',
      '127.0.0.1:0',
      '-b',
      'unix:app.sock',
    )
    await nunicorn.ready(1)
    expect(await ask(await nunicorn.address(), '/ok')).toBe('ok')
    const bySocket = new Promise((resolve, reject) => {
      get({ socketPath: where.path('app.sock'), path: '/ok', agent: false }, (answer) =>
        resolve(answer.resume().statusCode),
      ).on('error', reject)
    })
    expect(await bySocket).toBe(200)
  })

  it.skipIf(!existsSync(python))(
    'serves a program that just calls accept(2), as those without an event loop do (needs /usr/bin/python3)',
    async () => {
      await using where = await createProgramProject({
        'main.py': `
import os, socket, sys
listener = socket.socket(fileno=int(sys.argv[1]))
while True:
    connection, _ = listener.accept()
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n" + str(os.getpid()).encode())
    connection.close()
`,
      })
      await using nunicorn = start(where, `${python} main.py {fd}`, '-w', '2')
      await nunicorn.ready(2)
      const at = await nunicorn.address()
      const seen = new Set<string>()
      await until(async () => seen.add(await ask(at, '/')).size === 2)
      expect(sorted([...seen].map(Number))).toEqual(sorted(readyPids(nunicorn)))
    },
  )

  it('loses no request over two reloads', async () => {
    await using where = await project(plain)
    await using nunicorn = start(where, `${node} main.mjs {fd}`, '-w', '2', '--soak', '200ms')
    await nunicorn.ready(2)
    await using load = await loadOf(nunicorn, {
      clients: [{ kind: 'connection-per-request', concurrency: 2 }],
    })
    for (let count = 1; count <= 2; count += 1) {
      await answered(load, 200)
      nunicorn.signal('SIGHUP')
      await nunicorn.log.waitFor(/Reloaded: all workers are of generation/, {
        count,
        withinMs: 40_000,
      })
    }
    await answered(load, 200)
    expectNoFailure(await load.stop())
  })

  it('TERM lets it finish what is in flight, and counts as a normal end', async () => {
    await using where = await project(plain)
    await using nunicorn = start(where, `${node} main.mjs {fd}`)
    await nunicorn.ready(1)
    const at = await nunicorn.address()
    const slow = ask(at, '/slow')
    await until(async () => (await ask(at, '/ok')) === 'ok')
    nunicorn.signal('SIGTERM')
    expect(await slow).toBe('slow')
    expect(await nunicorn.exited).toBe(0)
    await nunicorn.closed
    expect(nunicorn.log.lines.filter((line) => /ERROR|WARNING/.test(line))).toEqual([])
  })

  it('an end by the signal itself is a normal one too, and one that does not leave is killed', async () => {
    await using where = await project(`import './plain.mjs'\n`)
    await where.write(
      'plain.mjs',
      plain.replace(
        'serve(',
        `process.argv[3] && setTimeout(() => process.on('SIGTERM', () => {})); process.argv[3] || setTimeout(() => process.removeAllListeners('SIGTERM'));\nserve(`,
      ),
    )
    await using dies = start(where, `${node} main.mjs {fd}`)
    await dies.ready(1)
    dies.signal('SIGTERM')
    expect(await dies.exited).toBe(0)
    expect(dies.log.lines.filter((line) => /ERROR|WARNING/.test(line))).toEqual([])
  })

  it('kills one that does not leave in time', async () => {
    await using where = await project(
      `${plain}\nprocess.removeAllListeners('SIGTERM').on('SIGTERM', () => {})\n`,
    )
    await using nunicorn = start(where, `${node} main.mjs {fd}`, '--graceful-timeout', '300ms')
    await nunicorn.ready(1)
    nunicorn.signal('SIGTERM')
    expect(await nunicorn.exited).toBe(0)
    await nunicorn.log.waitFor(/had not left in time and was killed/)
  })

  it('replaces one that exits and one that is killed, and ends what it had started', async () => {
    await using where = await project(`
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
writeFileSync('grandchild', String(spawn('sleep', ['1000']).pid))
${plain.replace('import', '\nimport')}`)
    await using nunicorn = start(where, `${node} main.mjs {fd}`)
    await nunicorn.ready(1)
    const at = await nunicorn.address()
    await expect(ask(at, '/exit')).rejects.toThrow()
    await nunicorn.log.waitFor(/ended: it exited by itself with code 7/)
    await nunicorn.ready(2)
    const grandchild = Number(readFileSync(where.path('grandchild'), 'utf8'))
    expect(lives(grandchild)).toBe(true)
    process.kill(readyPids(nunicorn).at(-1) ?? 0, 'SIGKILL')
    await nunicorn.log.waitFor(/ended: a signal from outside, SIGKILL/)
    await until(() => !lives(grandchild))
    await nunicorn.ready(3)
    expect(await ask(at, '/ok')).toBe('ok')
  })

  it.each([
    ['silently', plain, '{fd}', /exited by itself with code 0, of its own accord or because some/],
    ['having said so', `${patient}\n${obeys(0)}`, '', /ended: a signal from outside, SIGTERM/],
    ['by exit code 143', `${plain}\n${obeys(143)}`, '{fd}', /a signal from outside, SIGTERM/],
  ])('that obeys a TERM from elsewhere %s is replaced', async (_, main, fd, says) => {
    await using where = await project(main)
    await using nunicorn = start(where, `${node} main.mjs ${fd}`)
    await nunicorn.ready(1)
    process.kill(readyPids(nunicorn)[0] ?? 0, 'SIGTERM')
    await nunicorn.log.waitFor(says)
    await nunicorn.ready(2)
    expect(await ask(await nunicorn.address(), '/ok')).toBe('ok')
  })

  it('is found and may be executed, says --check-config, which does not start it', async () => {
    await using where = await project(`import { writeFileSync } from 'node:fs'
writeFileSync('started', '')
`)
    await using nunicorn = start(where, `${node} main.mjs {fd}`, '--check-config')
    let said = ''
    nunicorn.process.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    expect(await nunicorn.exited).toBe(0)
    await nunicorn.closed
    expect(said).toBe(
      `The settings are fine, and ${node} is there and may be executed; it was not started.\n`,
    )
    expect(existsSync(where.path('started'))).toBe(false)
  })
})

describe('the readiness of a program', () => {
  const whenAllowed = (code: string): string => `
import { existsSync } from 'node:fs'
import { say, serve, server } from './server.mjs'
while (!existsSync('allowed')) await new Promise((resolve) => setTimeout(resolve, 10))
${code}`

  it('is that it accepts, itself: what its neighbours do on the same socket does not count', async () => {
    await using where = await project(whenAllowed('serve([3])'))
    await where.write('allowed', '')
    await using nunicorn = start(where, `${node} main.mjs`, '-w', '1')
    await nunicorn.ready(1)
    await where.remove('allowed')
    nunicorn.signal('SIGTTIN')
    const at = await nunicorn.address()
    await until(() => nunicorn.workers().length === 2)
    for (let count = 0; count < 20; count += 1) expect(await ask(at, '/ok')).toBe('ok')
    expect(readyPids(nunicorn)).toHaveLength(1)
    await where.write('allowed', '')
    await nunicorn.ready(2)
  })

  it('is an answer below 500 with --probe /PATH', async () => {
    await using where = await project(`
import { existsSync } from 'node:fs'
import { serve, server } from './server.mjs'
server.prependListener('request', (request, response) => {
  if (request.url === '/health') response.statusCode = existsSync('allowed') ? 200 : 503
})
serve([3])
`)
    await using nunicorn = start(where, `${node} main.mjs`, '--probe', '/health')
    const at = await portOf(nunicorn)
    await until(async () => (await ask(at, '/ok')) === 'ok')
    expect(readyPids(nunicorn)).toEqual([])
    await where.write('allowed', '')
    await nunicorn.ready(1)
  })

  it.skipIf(!existsSync(python))(
    'is its own answer, although its neighbours close each connection as soon as they have answered (needs /usr/bin/python3)',
    async () => {
      await using where = await createProgramProject({
        allowed: '',
        'main.py': `
import os, socket, time
while not os.path.exists("allowed"):
    time.sleep(0.01)
listener = socket.socket(fileno=3)
while True:
    connection, _ = listener.accept()
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\nok")
    connection.close()
`,
      })
      await using nunicorn = start(where, `${python} main.py`, '--probe', '/health')
      await nunicorn.ready(1)
      const at = await nunicorn.address()
      await where.remove('allowed')
      nunicorn.signal('SIGTTIN')
      await until(() => nunicorn.workers().length === 2)
      const from = performance.now()
      await until(async () => (await ask(at, '/')) === 'ok' && performance.now() - from > 1_000)
      expect(readyPids(nunicorn)).toHaveLength(1)
      await where.write('allowed', '')
      await nunicorn.ready(2)
    },
  )

  it('is what it says with --probe notify, and a program that says anything is taken at its word', async () => {
    await using where = await project(`
import { existsSync } from 'node:fs'
import { say, serve } from './server.mjs'
if (process.argv[2]) say('STATUS=warming up')
serve([3])
while (!existsSync('allowed')) await new Promise((resolve) => setTimeout(resolve, 10))
say('READY=1')
`)
    for (const [app, probe] of [
      [`${node} main.mjs`, ['--probe', 'notify']],
      [`${node} main.mjs speaks`, []],
    ] as const) {
      await where.remove('allowed')
      await using nunicorn = start(where, app, ...probe)
      const at = await portOf(nunicorn)
      await until(async () => (await ask(at, '/ok')) === 'ok')
      expect(readyPids(nunicorn)).toEqual([])
      await where.write('allowed', '')
      await nunicorn.ready(1)
    }
  })
})

/** Where it listens before it has said so. */
async function portOf(
  nunicorn: Nunicorn,
): Promise<{ readonly host: string; readonly port: number }> {
  const name = /LISTEN_FDNAMES=127\.0\.0\.1_(\d+)/
  const [, port] = await until(() => {
    const found = nunicorn.workers().map((pid) => name.exec(environmentOf(pid)))
    return found.find((match) => match !== null)
  })
  return { host: '127.0.0.1', port: Number(port) }
}

/** Empty for one that has ended. */
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    return ''
  }
}

describe('a program that speaks the notify protocol', () => {
  const beating = `${speaking}
say('WATCHDOG=1')
setInterval(() => say('WATCHDOG=1'), Number(process.env.NUNICORN_BEAT_MS))
`

  it('is hung when its beats stay out, and is replaced with what it was doing', async () => {
    await using where = await project(beating)
    await using nunicorn = start(where, `${node} main.mjs`, '--timeout', '1s', '-w', '2')
    await nunicorn.ready(2)
    const at = await nunicorn.address()
    await expect(ask(at, '/block')).rejects.toThrow()
    await nunicorn.log.waitFor(/did not answer within timeout and was spinning/)
    await nunicorn.ready(3)
    expect(await ask(at, '/ok')).toBe('ok')
  })

  it('tells its stack when it is sent the signal that it has named', async () => {
    await using where = await project(`
import { spawn } from 'node:child_process'
import { say } from './server.mjs'
say('STACK_SIGNAL=SIGUSR2', 'READY=1', 'WATCHDOG=1')
process.on('SIGUSR2', async () => {
  const { writeSync } = await import('node:fs')
  writeSync(Number(process.env.NUNICORN_STACK_FD), 'in the outer part\\n  in the inner part\\n')
})
setInterval(() => {}, 1_000)
`)
    await using nunicorn = start(where, `${node} main.mjs`, '--timeout', '1s')
    await nunicorn.log.waitFor(/did not answer within timeout and was .*, in:/)
    await nunicorn.log.waitFor(/^ {4}in the outer part$/)
    await nunicorn.log.waitFor(/^ {4}in the inner part$/)
  })

  it('is watched from READY=1 on if it has said WATCHDOG=1 before', async () => {
    const hangs = `
import { existsSync, writeFileSync } from 'node:fs'
import { say, serve } from './server.mjs'
const isFirst = !existsSync('started')
writeFileSync('started', '')
serve([3])
say('WATCHDOG=1', 'READY=1')
while (isFirst);
setInterval(() => say('WATCHDOG=1'), Number(process.env.NUNICORN_BEAT_MS))
`
    await using where = await project(hangs)
    await using nunicorn = start(where, `${node} main.mjs`, '--timeout', '1s')
    await nunicorn.ready(1)
    await nunicorn.log.waitFor(/ended: it did not answer within timeout and was spinning/)
    await nunicorn.ready(2)
    expect(await ask(await nunicorn.address(), '/ok')).toBe('ok')
  })

  it('is not found hung if it has never beaten', async () => {
    await using where = await project(speaking)
    await using nunicorn = start(where, `${node} main.mjs`, '--timeout', '1s', '-w', '2')
    await nunicorn.ready(2)
    const at = await nunicorn.address()
    ask(at, '/block').catch(() => {})
    const from = performance.now()
    await until(() => performance.now() - from > 2_500)
    expect(nunicorn.log.lines.filter((line) => /hung|timeout/.test(line))).toEqual([])
  })

  it('retires when it asks for it, and at max-requests by its own count', async () => {
    await using where = await project(speaking)
    await using nunicorn = start(where, `${node} main.mjs`, '--max-requests', '50')
    await nunicorn.ready(1)
    const at = await nunicorn.address()
    expect(await ask(at, '/say?RETIRE=1')).toBe('said')
    await nunicorn.log.waitFor(/retires \(it asked for it\)/)
    await nunicorn.ready(2)
    await nunicorn.log.waitFor(/has left/)
    expect(await ask(at, '/say?REQUESTS=49')).toBe('said')
    expect(await ask(at, '/say?REQUESTS=50')).toBe('said')
    await nunicorn.log.waitFor(/retires \(max-requests\)/)
    await nunicorn.ready(3)
    await nunicorn.log.waitFor(/has left/, { count: 2 })
    expect(nunicorn.log.lines.filter((line) => /ERROR|WARNING/.test(line))).toEqual([])
  })

  it('says why it cannot start, by ERROR and its exit code', async () => {
    await using where = await project(`
import { say } from './server.mjs'
say('ERROR=There is no table "users".', 'ERROR=  at migrate.sql:12')
process.exit(3)
`)
    await using nunicorn = start(where, `${node} main.mjs`)
    expect(await nunicorn.exited).toBe(3)
    await nunicorn.log.waitFor(/The app cannot be started\. There is no table "users"\./)
    await nunicorn.log.waitFor(/at migrate\.sql:12/)
  })
})

describe('a program whose arbiter was killed', () => {
  it('gets TERM and finishes what is in flight', async () => {
    await using where = await project(plain)
    await using nunicorn = start(where, `${node} main.mjs {fd}`, '-w', '2')
    await nunicorn.ready(2)
    const at = await nunicorn.address()
    const programs = readyPids(nunicorn)
    const slow = ask(at, '/slow')
    await until(async () => (await ask(at, '/ok')) === 'ok')
    nunicorn.signal('SIGKILL')
    expect(await slow).toBe('slow')
    await until(() => !programs.some(lives))
  })

  it('is killed, with all that it started, if it has not left when its time is over', async () => {
    await using where = await project(`
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
writeFileSync('grandchild', String(spawn('sleep', ['1000']).pid))
${plain}
process.removeAllListeners('SIGTERM').on('SIGTERM', () => {})
`)
    await using nunicorn = start(where, `${node} main.mjs {fd}`, '--graceful-timeout', '1s')
    await nunicorn.ready(1)
    const programs = [
      ...readyPids(nunicorn),
      Number(readFileSync(where.path('grandchild'), 'utf8')),
    ]
    expect(programs.every(lives)).toBe(true)
    nunicorn.signal('SIGKILL')
    await until(() => !programs.some(lives))
  })
})

describe('a program that cannot be run', () => {
  it.each([
    ['does not exist', './missing --fd {fd}', 4, /The program .*missing does not exist/],
    ['is in no folder of PATH', 'no-such-program', 4, /"no-such-program" is in no folder of PATH/],
    ['may not be executed', './main.mjs', 4, /main\.mjs may not be executed\. Allow it/],
    ['needs a shell', `${node} main.mjs | cat`, 4, /No shell reads the command/],
    ['has an open quote', `${node} "main.mjs`, 4, /A quote in .* is not closed/],
    ['ends at once', `${node} -e process.exit(5)`, 3, /it exited by itself with code 5/],
    [
      'is never ready',
      `${node} -e setInterval(Date,1e5)`,
      3,
      /it was not ready within boot-timeout/,
    ],
  ])('because it %s ends the start', async (_, app, code, line) => {
    await using where = await project(plain)
    await using nunicorn = start(where, app, '--boot-timeout', '1s')
    expect(await nunicorn.exited).toBe(code)
    await nunicorn.closed
    expect(nunicorn.log.lines.join('\n')).toMatch(line)
  })

  it('refuses a reload that would change from Node to a program, and serves on', async () => {
    await using where = await project(plain)
    await where.write('app.mjs', `export default (_, response) => response.end('node')`)
    const config = (workerClass: string, app: string): string =>
      JSON.stringify({ workerClass, app, workers: 1, bind: '127.0.0.1:0' })
    await where.write('nunicorn.config.json', config('http', 'app.mjs'))
    await using nunicorn = startNunicorn({ directory: where.directory, args: [] })
    await nunicorn.ready(1)
    await where.write('nunicorn.config.json', config('exec', `${node} main.mjs {fd}`))
    nunicorn.signal('SIGHUP')
    await nunicorn.log.waitFor(
      /Reload refused.*A reload cannot change the worker class from http to exec/,
    )
    expect(await ask(await nunicorn.address(), '/')).toBe('node')
  })
})
