import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'

import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'

import {
  captureOutput,
  lineSplitter,
  type OutputPace,
  quarterOfTheTime,
} from '../src/captured-output.ts'
import type { OutputLine } from '../src/ports.ts'

const longestLine = 16 * 1024

function split(chunks: readonly Buffer[]): string[] {
  const lines: string[] = []
  const splitter = lineSplitter((line) => lines.push(line))
  for (const chunk of chunks) splitter.add(chunk)
  splitter.end()
  return lines
}

describe('lineSplitter', () => {
  it('gives the lines of a text, however it comes in pieces', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'ü', '🦄', '\n', '\r', ' ') })
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 7 }), (written, size) => {
        const bytes = Buffer.from(written)
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        )
        const lines = written.split('\n')
        if (lines.at(-1) === '') lines.pop()
        expect(split(chunks)).toEqual(lines.map((line) => line.replace(/\r$/, '')))
      }),
    )
  })

  it('gives a line that is too long in pieces, and holds no more than one of them', () => {
    const lines: string[] = []
    const splitter = lineSplitter((line) => lines.push(line))
    for (let count = 0; count < 100; count += 1) splitter.add(Buffer.alloc(1_000, 'x'))
    expect(lines.map(({ length }) => length)).toEqual(Array.from({ length: 6 }, () => longestLine))
    splitter.end()
    expect(lines.join('')).toHaveLength(100_000)
  })
})

interface Scene {
  readonly stdout: PassThrough
  readonly stderr: PassThrough
  readonly lines: OutputLine[]
  readonly output: ReturnType<typeof captureOutput>
}

function capture(pace: OutputPace): Scene {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const lines: OutputLine[] = []
  const onLine = (line: OutputLine): void => void lines.push(line)
  return { stdout, stderr, lines, output: captureOutput({ stdout, stderr }, { pace, onLine }) }
}

describe('captureOutput', () => {
  it('gives what came last without a line break, and says when both streams have ended', async () => {
    const { stdout, stderr, lines, output } = capture(quarterOfTheTime())
    const ended = vi.fn<() => void>()
    output.onEnd(ended)
    stdout.write('one\ntw')
    stdout.end()
    await vi.waitFor(() => expect(lines).toHaveLength(2))
    expect(ended).not.toHaveBeenCalled()
    stderr.end('three')
    await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce())
    expect(lines).toEqual([
      { stream: 'stdout', text: 'one' },
      { stream: 'stdout', text: 'tw' },
      { stream: 'stderr', text: 'three' },
    ])
  })

  it('reads nothing while there is no time for it, and all when the process has ended', async () => {
    const resumes: (() => void)[] = []
    const pace = {
      open: () => false,
      spent() {},
      onOpen: (listener: () => void) => resumes.push(listener),
    }
    const { stdout, lines, output } = capture(pace)
    stdout.write('one\n')
    await vi.waitFor(() => expect(lines).toHaveLength(1))
    stdout.write('two\n')
    await turn()
    expect(lines).toHaveLength(1)
    resumes.shift()?.()
    await vi.waitFor(() => expect(lines).toHaveLength(2))
    stdout.write('three\n')
    stdout.write('four\n')
    output.drain()
    await vi.waitFor(() => expect(lines).toHaveLength(4))
  })
})

describe('quarterOfTheTime', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('closes when a quarter is spent, and opens again when that has been made up for', () => {
    vi.useFakeTimers()
    const pace = quarterOfTheTime()
    const opened = vi.fn<() => void>()
    pace.spent(20)
    expect(pace.open()).toBe(true)
    pace.spent(60)
    expect(pace.open()).toBe(false)
    pace.onOpen(opened)
    vi.advanceTimersByTime(299)
    expect(opened).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(opened).toHaveBeenCalledOnce()
    expect(pace.open()).toBe(true)
  })

  it('leaves no timer when nothing is printed', () => {
    vi.useFakeTimers()
    quarterOfTheTime().spent(1)
    vi.advanceTimersByTime(1_000)
    expect(vi.getTimerCount()).toBe(0)
  })
})
