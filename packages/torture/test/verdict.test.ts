import { describe, expect, it } from 'vitest'

import type { Deed } from '../src/command/deeds.ts'
import { showProgress } from '../src/command/live-line.ts'
import { judge } from '../src/command/verdict.ts'
import { type Failure, type FailedOutcome, type Report, startLoad } from '../src/index.ts'
import { answerText, badServer } from './bad-server.ts'

const deeds = [deed(1, 2000), deed(2, 4000)]

describe('the verdict', () => {
  it('blames what was done last before a failure', () => {
    const failures = [failure(1000), failure(2000), failure(3999), failure(4001)]
    expect(lostByChapter(failures)).toEqual([1, 2, 1])
  })

  it('blames for a wait in vain the first thing that was done meanwhile, or else the last before it', () => {
    const failures = [
      failure(4500, 'timeout', 1900),
      failure(4500, 'timeout', 3900),
      failure(6500, 'timeout', 2500),
      failure(8000, 'timeout', 7000),
      failure(1500, 'timeout', 100),
    ]
    expect(lostByChapter(failures)).toEqual([1, 1, 3])
  })

  it('excuses what a killed process held, and only that', () => {
    const held = { pid: 7, ports: new Set([5]), countedAt: 2000 }
    const failures = [failure(2001, 'reset-before-bytes', 0, 5), failure(2001)]
    const verdict = judge(reportOf(failures), [{ ...deed(1, 2000), held }])
    expect(verdict).toMatchObject({ lost: 1, excused: 1, exitCode: 1 })
  })

  it('does not blame the server for what this machine could not do', () => {
    expect(judge(reportOf([failure(1, 'client-error')]), [])).toMatchObject({
      lost: 0,
      notMade: 1,
      exitCode: 2,
    })
  })

  it('is no good one when what was to be done failed, or nothing was asked', () => {
    expect(judge(reportOf([]), []).exitCode).toBe(0)
    expect(judge(reportOf([]), [{ ...deed(1, 1), problem: 'exit code 1' }]).exitCode).toBe(2)
    expect(judge({ ...reportOf([]), requests: 0 }, []).exitCode).toBe(2)
  })

  function lostByChapter(failures: readonly Failure[]): number[] {
    return judge(reportOf(failures), deeds).chapters.map((chapter) => chapter.failures.length)
  }
})

describe('the live line', () => {
  it('says on a terminal where the run stands, in its width, and is wiped', async () => {
    await using server = await badServer((socket) => socket.write(answerText('')))
    const clients = [{ kind: 'keep-alive', concurrency: 1, thinkMs: [5] }] as const
    await using run = startLoad({ target: server.target, clients })
    const written: string[] = []
    const wrote = Promise.withResolvers<void>()
    const write = (text: string): void => {
      written.push(text)
      wrote.resolve()
    }
    {
      using _line = showProgress({ isTTY: true, columns: 40, write }, run, [deed(1, 1)])
      await wrote.promise
    }
    const [begin, line = ''] = written[0]?.split('\u001B[K') ?? []
    expect(begin).toBe('\r')
    expect(line).toMatch(/^\d\.\d s: \d+ requests, none failed/)
    expect(line.length).toBeLessThan(40)
    expect(written.at(-1)).toBe('\r\u001B[K')
  })

  it('is not there where nobody looks', async () => {
    await using server = await badServer((socket) => socket.write(answerText('')))
    await using run = startLoad({ target: server.target, clients: [] })
    const write = (): void => expect.fail('it has written')
    showProgress({ write }, run, [])[Symbol.dispose]()
  })
})

function deed(number: number, atMs: number): Deed {
  const later = { endedMs: atMs + 1, problem: undefined, held: undefined }
  return { number, type: 'do', command: 'true', atMs, ...later }
}

function failure(
  failedMs: number,
  outcome: FailedOutcome = 'closed-unanswered',
  sentMs: number = failedMs - 1,
  localPort: number = 1,
): Failure {
  const where = { localPort, openedMs: 0, reused: true, idleMs: 0, worker: undefined }
  const what = { id: '', kind: 'keep-alive' as const, outcome, detail: '', bytesReceived: 0 }
  return { ...what, ...where, sentMs, failedMs }
}

/** As a run gives it, with these failures. */
function reportOf(failures: readonly Failure[]): Report {
  const outside: Report['failuresOutside'] = (...held) =>
    failures.filter(({ localPort }) => !held.some(({ ports }) => ports.has(localPort ?? 0)))
  const notMade = failures.filter(({ outcome }) => outcome === 'client-error').length
  return {
    requests: 100,
    failed: failures.length,
    failures,
    outcomes: { 'client-error': notMade },
    longestWait: () => undefined,
    failuresOutside: outside,
  } as unknown as Report
}
