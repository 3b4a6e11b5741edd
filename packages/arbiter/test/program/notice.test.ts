import { describe, expect, it } from 'vitest'

import { createNoticeReader, type Notice, readNotice } from '../../src/program/notice.ts'

describe('a line on the notify pipe', () => {
  it.each([
    ['READY=1', { type: 'ready' }],
    ['WATCHDOG=1', { type: 'alive' }],
    ['STOPPING=1\r', { type: 'stopping' }],
    ['RETIRE=1', { type: 'retire', reason: 'asked' }],
    ['RETIRE=SIGTERM', { type: 'retire', reason: 'signal' }],
    ['STATUS=a=b', { type: 'status', text: 'a=b' }],
    ['ERROR=', { type: 'error', text: '' }],
    ['REQUESTS=17', { type: 'counted', counter: 'requests', value: 17 }],
    ['IN_FLIGHT=0', { type: 'counted', counter: 'inFlight', value: 0 }],
    ['CONNECTIONS=3', { type: 'counted', counter: 'connections', value: 3 }],
    ['STACK_SIGNAL=SIGUSR1', { type: 'stack-signal', signal: 'SIGUSR1' }],
  ] as const)('%j means something', (line, notice) => {
    expect(readNotice(line)).toEqual(notice)
  })

  it.each([
    '',
    'READY',
    'READY=0',
    'ready=1',
    'RETIRE=SIGKILL',
    'REQUESTS=-1',
    'REQUESTS=1e3',
    'REQUESTS=9999999999999999',
    'STACK_SIGNAL=SIGKILL',
    'STACK_SIGNAL=SIGTERM',
    'MAINPID=1',
    'constructor=1',
    '__PROTO__=1',
  ])('%j means nothing', (line) => {
    expect(readNotice(line)).toBeUndefined()
  })

  it('is read from whatever pieces it comes in', () => {
    const text = 'STATUS=wärm\nREADY=1\nnonsense\nWATCHDOG=1\nRETI'
    for (const size of [1, 2, 7, text.length]) {
      const notices: Notice[] = []
      const read = createNoticeReader((notice) => notices.push(notice))
      for (let at = 0; at < text.length; at += size) read(text.slice(at, at + size))
      read('RE=1\n')
      expect(notices.map(({ type }) => type)).toEqual(['status', 'ready', 'alive', 'retire'])
    }
  })

  it('that never ends takes no more memory than it may', () => {
    const notices: Notice[] = []
    const read = createNoticeReader((notice) => notices.push(notice))
    for (let count = 0; count < 100; count += 1) read('x'.repeat(10_000))
    read('\nREADY=1\n')
    expect(notices).toEqual([{ type: 'ready' }])
  })
})
