import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createNoticeReader, type Notice, readNotice } from '../src/program/notice.ts'
import { readStack } from '../src/program/read-stack.ts'

describe('a notice', () => {
  it.each<[string, Notice]>([
    ['READY=1', { type: 'ready' }],
    ['WATCHDOG=1', { type: 'alive' }],
    ['STOPPING=1', { type: 'stopping' }],
    ['RETIRE=1', { type: 'retire', reason: 'asked' }],
    ['RETIRE=SIGTERM', { type: 'retire', reason: 'signal' }],
    ['ERROR=no database', { type: 'error', text: 'no database' }],
    ['REQUESTS=17', { type: 'counted', counter: 'requests', value: 17 }],
    ['STACK_SIGNAL=SIGUSR2', { type: 'stack-signal', signal: 'SIGUSR2' }],
    ['READY=1\r', { type: 'ready' }],
  ])('is read from %j', (line, notice) => {
    expect(readNotice(line)).toEqual(notice)
  })

  it.each(['', 'READY', 'READY=0', 'ready=1', 'REQUESTS=-1', 'STACK_SIGNAL=SIGKILL', 'MAINPID=7'])(
    'is not found in %j',
    (line) => {
      expect(readNotice(line)).toBeUndefined()
    },
  )

  it('is the same in whatever pieces it comes, and what comes between means nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.nat({ max: 30 })), (noise, cuts) => {
        const lines = noise.map((text) => `X${text.replaceAll('\n', '')}`)
        const text = [...lines, 'READY=1', ''].join('\n')
        const notices: Notice[] = []
        const take = createNoticeReader((notice) => notices.push(notice))
        let from = 0
        for (const cut of cuts) {
          take(text.slice(from, from + cut))
          from += cut
        }
        take(text.slice(from))
        expect(notices).toEqual([{ type: 'ready' }])
      }),
    )
  })
})

describe('the stack that a program writes', () => {
  it('is read as frames where it is of Python, the app first and the machinery left out', () => {
    const text = `Current thread 0x1 (most recent call first):
  File "/app/main.py", line 12 in spin
  File "/app/main.py", line 15 in hang
  File "/usr/lib/python3.11/asyncio/events.py", line 80 in _run
`
    expect(readStack(text)).toEqual([
      { functionName: 'spin', url: '/app/main.py', line: 12, column: 0 },
      { functionName: 'hang', url: '/app/main.py', line: 15, column: 0 },
    ])
  })

  it('is shown line by line where it is of something else', () => {
    expect(
      readStack('goroutine 1\n\n  main.go:7\n').map(({ functionName }) => functionName),
    ).toEqual(['goroutine 1', 'main.go:7'])
  })
})
