import { describe, expect, it } from 'vitest'

import { type Plan, UsageError } from '../src/command/plan.ts'
import { readPlan } from '../src/command/read-plan.ts'

const URL = 'http://127.0.0.1:8000/hello?a=b'

it('asks the path of the URL with connections of both kinds, unless told otherwise', () => {
  const plan = read(URL)
  expect(plan).toMatchObject({
    target: { host: '127.0.0.1', port: 8000 },
    request: { method: 'GET', path: '/hello?a=b', headers: { host: '127.0.0.1:8000' } },
    clients: [
      { kind: 'connection-per-request', concurrency: 16 },
      { kind: 'keep-alive', concurrency: 16, thinkMs: [0, 5, 50] },
    ],
    durationMs: 10_000,
    timeoutMs: 4000,
    actions: [],
    ownsHost: false,
  })
})

it('reads every kind of client, with its number and its path', () => {
  const list =
    'new:1,keep-alive:2,open:3,rate:4,pipeline:5,upload:6:/up,slow-read:7,half-head,sse:/events,ws:8:/echo'
  const { clients } = read(
    URL,
    '--clients',
    list,
    '--connections=9',
    '--size',
    '2kB',
    '--pace',
    '3MB',
  )
  expect(clients).toMatchObject([
    { kind: 'connection-per-request', concurrency: 1 },
    { kind: 'keep-alive', concurrency: 2 },
    { kind: 'open-loop', ratePerSecond: 3 },
    { kind: 'fixed-rate', ratePerSecond: 4, connections: 9 },
    { kind: 'pipelining', concurrency: 5 },
    { kind: 'upload', concurrency: 6, bytes: 2000, bytesPerSecond: 3e6, request: { path: '/up' } },
    { kind: 'slow-read', concurrency: 7, bytesPerSecond: 3e6 },
    { kind: 'half-head', concurrency: 9 },
    { kind: 'server-sent-events', concurrency: 9, request: { path: '/events' } },
    { kind: 'websocket', concurrency: 8, request: { path: '/echo' } },
  ])
})

it('reads what is to be done, and how the request looks', () => {
  const deeds = ['--do', 'kill -HUP 1', '--do=true', '--kill', '4711', '--every', '500ms']
  const request = ['--method', 'POST', '--body', 'x', '--header', 'A: b', '--header', 'Host: c']
  const plan = read(URL, ...deeds, ...request, '--json', '-')
  expect(plan.actions).toEqual([
    { type: 'do', command: 'kill -HUP 1' },
    { type: 'do', command: 'true' },
    { type: 'kill', command: '4711' },
  ])
  expect(plan).toMatchObject({ everyMs: 500, json: '-' })
  expect(plan.request).toEqual({
    method: 'POST',
    path: '/hello?a=b',
    headers: { host: 'c', a: 'b' },
    body: 'x',
  })
})

it('needs no URL for a Unix socket, and reads addresses in brackets', () => {
  expect(read('--unix', '/run/app.sock').target).toEqual({ path: '/run/app.sock' })
  expect(read('http://[::1]:80/').target).toEqual({ host: '::1', port: 80 })
})

it.each(['--help', '-h'])('knows %s', (flag) => {
  expect(readPlan(['nonsense', flag])).toBe('help')
})

describe('a bad command line', () => {
  it.each([
    ['no URL', [], 'No URL is given. Write one such as http://127.0.0.1:8000/, or --unix PATH.'],
    [
      'another protocol',
      ['ftp://x/'],
      '"ftp://x/" is no http URL. Write one such as http://127.0.0.1:8000/.',
    ],
    ['TLS', ['https://x/'], '"https://x/" is no http URL. TLS is not spoken: aim behind it.'],
    ['two URLs', [URL, 'x'], 'x: one URL is enough; a command with blanks goes into quotes.'],
    ['an unknown flag', [URL, '--fro', '5s'], '--fro is no flag. torture --help lists them.'],
    [
      'a flag of Object.prototype',
      [URL, '--constructor'],
      '--constructor is no flag. torture --help lists them.',
    ],
    ['a flag without its value', [URL, '--for', '--think=1'], '--for needs a value: --for TIME.'],
    ['a value too much', [URL, '--i-own-this-host=yes'], '--i-own-this-host takes no value.'],
    ['a flag twice', [URL, '--for=1s', '--for=2s'], '--for is given twice. Give it once.'],
    [
      'a bad time',
      [URL, '--timeout', '5x'],
      '--timeout "5x" is not a time such as 500ms, 10s or 2m.',
    ],
    ['no time', [URL, '--for', '0'], '--for "0" is not a time such as 500ms, 10s or 2m.'],
    [
      'an unknown client',
      [URL, '--clients', 'new,old'],
      /^--clients "old" is no client\. Write NAME.* new, keep-alive/,
    ],
    [
      'no clients',
      [URL, '--clients', 'new:0'],
      '--clients "new:0": 0 is not a number from 1 to 20000.',
    ],
    ['a bad header', [URL, '--header', 'A b'], `--header "A b" is no header. Write 'Name: value'.`],
    ['a header of two lines', [URL, '--header', 'A: b\r\nC: d'], /is no header/],
    ['killing init', [URL, '--kill', '1'], '--kill 1: that process is never killed here.'],
    [
      'nothing to do',
      [URL, '--every', '1s'],
      '--every without --do or --kill: say what is to be done.',
    ],
    [
      'no time to do it',
      [URL, '--do=true', '--for=2s'],
      '--for is too short for --every: nothing would be done before its end.',
    ],
  ])('with %s says so', (_, argv, problem) => {
    const problems = problemsOf(argv)
    expect(problems).toEqual([
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    ])
  })

  it('says all that is wrong at once', () => {
    expect(problemsOf(['x:', '--fro', '--for', 'y', '--clients', 'a,b'])).toHaveLength(5)
  })
})

function read(...argv: string[]): Plan {
  const plan = readPlan(argv)
  if (typeof plan === 'string') throw new Error(plan)
  return plan
}

function problemsOf(argv: readonly string[]): readonly string[] {
  try {
    readPlan(argv)
  } catch (error) {
    if (error instanceof UsageError) return error.problems
    throw error
  }
  return []
}
