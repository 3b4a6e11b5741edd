import { NunicornError } from '@nunicorn/contract'
import { describe, expect, it } from 'vitest'

import { runControlCommand } from '../src/command/run-command.ts'
import { readCommand } from '../src/command/read-command.ts'
import { show } from '../src/command/show.ts'
import { showEvent } from '../src/command/show-events.ts'
import { table } from '../src/command/table.ts'
import { duration } from '../src/command/units.ts'
import type { Controls } from '../src/server.ts'
import { temporaryFolder } from './folder.ts'
import { startServer } from './scene.ts'

interface Run {
  readonly exitCode: number
  readonly out: string
  readonly words: string
}

async function run(argv: readonly string[], env = {}): Promise<Run> {
  const [out, words]: [string[], string[]] = [[], []]
  const exitCode = await runControlCommand({
    argv,
    env,
    directory: '/somewhere',
    print: (text) => void out.push(text),
    complain: (text) => void words.push(text),
  })
  return { exitCode, out: out.join('\n'), words: words.join('\n') }
}

async function runAgainst(controls: Partial<Controls>, ...argv: readonly string[]): Promise<Run> {
  await using scene = await startServer(controls)
  return await run([...argv, '--socket', scene.path])
}

describe('readCommand', () => {
  it.each([
    [['scale', '4'], { name: 'scale', params: { to: 4 } }],
    [['reload', '--wait'], { name: 'reload', params: { wait: true } }],
    [['reload'], { name: 'reload', params: {} }],
    [['profile', '2'], { name: 'profile', params: { worker: 2, seconds: 10 } }],
    [['profile', '2', '--seconds', '3'], { params: { worker: 2, seconds: 3 } }],
    [['events', '--follow', '--after', '9'], { params: { last: 50, after: 9 } }],
    [['log-level', 'debug', '--json'], { params: { level: 'debug' }, flags: { json: true } }],
    [[], { name: undefined }],
  ])('reads %j', (argv, expected) => {
    expect(readCommand(argv)).toMatchObject(expected)
  })

  it.each([
    [['shutdown'], /There is no command "shutdown"/],
    [['scale'], /N is missing.*scale N/],
    [['scale', 'many'], /N must be a whole number from 1 to 1024, not "many"/],
    [['scale', '0'], /from 1/],
    [['scale', '3', '4'], /"4" is one argument too many/],
    [['status', '--wait'], /status knows no --wait/],
    [['status', '--frobnicate'], /Unknown option '--frobnicate'/],
    [['log-level', 'loud'], /LEVEL must be one of debug/],
    [['profile', '1', '--seconds', 'x'], /--seconds must be/],
  ])('refuses %j', (argv, says) => {
    expect(() => readCommand(argv)).toThrow(NunicornError)
    try {
      readCommand(argv)
    } catch (error) {
      expect(`${(error as Error).message} ${(error as NunicornError).hint}`).toMatch(says)
    }
  })
})

describe('nunicorn ctl', () => {
  it('says that it is done, in words or as JSON', async () => {
    const controls = { scale: () => ({ workers: 4 }) }
    expect(await runAgainst(controls, 'scale', '4')).toEqual({
      exitCode: 0,
      out: '4 workers are ready.',
      words: '',
    })
    const { out } = await runAgainst(controls, 'scale', '4', '--json')
    expect(JSON.parse(out)).toEqual({ workers: 4 })
  })

  it('says what failed and ends with 1, as JSON too', async () => {
    const controls: Partial<Controls> = {
      reload() {
        throw new NunicornError({ code: 'reload-failed', message: 'It threw.', hint: 'So what.' })
      },
    }
    expect(await runAgainst(controls, 'reload', '--wait')).toEqual({
      exitCode: 1,
      out: '',
      words: 'nunicorn ctl: It threw. So what.',
    })
    const { exitCode, out } = await runAgainst(controls, 'reload', '--wait', '--json')
    expect(exitCode).toBe(1)
    expect(JSON.parse(out)).toEqual({
      error: { code: 'reload-failed', message: 'It threw.', hint: 'So what.' },
    })
  })

  it('cannot be made to obey a terminal by an error of the app', async () => {
    const controls: Partial<Controls> = {
      reload() {
        throw new NunicornError({ code: 'reload-failed', message: 'Oh\u001B]0;owned\u0007 no.' })
      },
    }
    const { words } = await runAgainst(controls, 'reload', '--wait')
    expect(words).toBe('nunicorn ctl: Oh\u{fffd}]0;owned\u{fffd} no.')
  })

  it('ends with 2 if it was called in a wrong way, and says the right one', async () => {
    const { exitCode, words } = await run(['scale'])
    expect([exitCode, words]).toEqual([2, 'nunicorn ctl: N is missing. Usage: scale N'])
  })

  it('ends with 69 if nobody answers', async () => {
    using folder = temporaryFolder()
    expect(await run(['status', '--socket', folder.path('x')])).toMatchObject({ exitCode: 69 })
    expect(await run(['status', '--pid', folder.path('x.pid')])).toMatchObject({ exitCode: 69 })
  })

  it('has the file written where it was called', async () => {
    const files: string[] = []
    const profile: Controls['profile'] = ({ worker, file }) => {
      files.push(file)
      return { worker, pid: 7, file, bytes: 2 ** 21, tookMs: 1 }
    }
    await runAgainst({ profile }, 'profile', '2')
    const { out } = await runAgainst({ profile }, 'profile', '2', '--output', 'x.cpuprofile')
    expect(files[0]).toMatch(/^\/somewhere\/worker-2-.*\.cpuprofile$/)
    expect(out).toBe('Worker 2 (pid 7): /somewhere/x.cpuprofile (2.0 MB)')
  })
})

describe('what people read', () => {
  it('is in columns, numbers to the right', () => {
    expect(
      table(
        ['A ', 'NAME'],
        [
          ['1', 'x'],
          ['22', 'long'],
        ],
      ),
    ).toBe(' A  NAME\n 1  x\n22  long')
  })

  it('stays one line for each row, whatever is in a cell', () => {
    const shown = table(['NAME', 'N '], [['shop\n\u001b[2J1\tx', '1']])
    expect(shown.split('\n')[1]).toBe('shop\u{fffd}\u{fffd}[2J1\u{fffd}x  1')
    expect(shown.split('\n')).toHaveLength(2)
  })

  it.each([
    [350, '350 ms'],
    [4_200, '4.2 s'],
    [200_000, '3 m 20 s'],
    [18_600_000, '5 h 10 m'],
    [1_047_600_000, '12 d 3 h'],
  ])('has %i ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })

  it('cannot be made to obey a terminal by what an app says', () => {
    const message = 'Worker 1 ended: \u001b[2J\u0007gone\u009b31m'
    const event = { sequence: 1, at: 0, type: 'x', level: 'info', message, details: {} } as const
    expect(showEvent(event)).toMatch(/ended: \u{fffd}\[2J\u{fffd}gone\u{fffd}31m$/u)
  })

  it('of the end of a worker has its last beat and its stack', () => {
    const shown = showEvent({
      sequence: 1,
      at: 0,
      type: 'worker-ended',
      level: 'error',
      message: 'Worker 1 (pid 7) ended: it exited by itself with code 1: boom',
      details: {
        cause: {
          type: 'exit',
          code: 1,
          error: { message: 'boom', stack: 'Error: boom\n    at x' },
        },
        ageMs: 4_000,
        silentMs: 300,
        lastBeat: {
          requests: 5,
          inFlight: 1,
          connections: 2,
          utilisation: 0.5,
          heapUsedBytes: 2 ** 24,
          heapLimitBytes: 2 ** 26,
          rssBytes: 2 ** 26,
        },
      },
    })
    expect(shown.split('\n').slice(1)).toEqual([
      '    it lived 4.0 s; its last sign of life was 300 ms before its end',
      '    last beat: 5 requests, 1 in flight, 2 connections, busy 50 %, heap 16 MB of 64 MB, RSS 64 MB',
      '    Error: boom',
      '        at x',
    ])
  })

  it('of a stack is file and line', () => {
    const frame = { functionName: '', url: 'file:///srv/app.js', line: 3, column: 7 }
    expect(show.stack({ worker: 2, pid: 7, doing: 'spinning', stack: [frame] })).toBe(
      'Worker 2 (pid 7) is spinning, in:\n    at (anonymous) (/srv/app.js:3:7)',
    )
    expect(show.stack({ worker: 2, pid: 7, doing: 'idle', stack: [] })).toBe(
      'Worker 2 (pid 7) is idle.',
    )
  })
})
