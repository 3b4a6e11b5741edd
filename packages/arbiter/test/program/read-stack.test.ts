import { describe, expect, it } from 'vitest'

import { readStack } from '../../src/program/read-stack.ts'

const faulthandler = `Stack (most recent call first):
  File "/srv/shop, old/main.py", line 23 in spin
  File "/srv/shop, old/main.py", line 27 in hang
  File "/usr/lib/python3/dist-packages/uvicorn/server.py", line 60 in run
  File "/usr/lib/python3.11/asyncio/runners.py", line 190 in run
  File "<frozen runpy>", line 88 in _run_code
`

describe('the stack of a program', () => {
  it('of Python has its own frames, without the machinery below them', () => {
    expect(readStack(faulthandler)).toEqual([
      { functionName: 'spin', url: '/srv/shop, old/main.py', line: 23, column: 0 },
      { functionName: 'hang', url: '/srv/shop, old/main.py', line: 27, column: 0 },
    ])
  })

  it('of Python that is in its machinery alone has that', () => {
    const text =
      'Stack (most recent call first):\n  File "/usr/lib/python3.11/asyncio/runners.py", line 190 in run\n'
    expect(readStack(text)).toMatchObject([{ functionName: 'run', line: 190 }])
  })

  it('of anything else is its lines as they are', () => {
    expect(readStack('goroutine 1 [running]:\n\n  main.spin()\n')).toEqual([
      { functionName: 'goroutine 1 [running]:', url: '', line: 0, column: 0 },
      { functionName: 'main.spin()', url: '', line: 0, column: 0 },
    ])
  })
})
