import { spawn } from 'node:child_process'
import { once } from 'node:events'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseStat, readStat } from '../src/diagnose/proc-stat.ts'
import { outOfMemoryWatch } from '../src/out-of-memory.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 200)

/** As proc_pid_stat(5) has it, from the third field on. */
const fields = 'S 1 2 3 4 -1 5 6 7 8 9 100 23 10 11 20 0 11 0 98765 12 13'
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 15 }),
  fc.array(fc.constantFrom(')', '(', ' ', '\n', ') R 1 ', '7')).map((parts) => parts.join('')),
)

describe('parseStat', () => {
  it('reads state, CPU time and start whatever the process calls itself', () => {
    fc.assert(
      fc.property(fc.nat(), name, (pid, name) => {
        expect(parseStat(`${pid} (${name}) ${fields}\n`)).toEqual({
          state: 'S',
          cpuTicks: 123,
          majorFaults: 8,
          startTime: '98765',
        })
      }),
      { numRuns },
    )
  })

  it('takes no part of a text for the whole, nor anything else', () => {
    const whole = `7 (node) ${fields.split(' 98765')[0]}`
    fc.assert(
      fc.property(fc.nat(whole.length), fc.string({ unit: 'binary' }), (end, other) => {
        expect(parseStat(whole.slice(0, end))).toBeUndefined()
        expect(parseStat(other)).toBeUndefined()
      }),
      { numRuns },
    )
  })

  it.runIf(process.platform === 'linux')('reads a real process with such a name', async () => {
    const child = spawn(
      process.execPath,
      [
        '-e',
        String.raw`fs.writeFileSync('/proc/self/comm', ') R 9\n(x'); process.stdin.resume(); console.log()`,
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    await once(child.stdout, 'data')
    expect(readStat(child.pid!)).toMatchObject({
      state: expect.stringMatching(/^[RS]$/),
      startTime: expect.stringMatching(/^\d+$/),
    })
    child.stdin.end()
    await once(child, 'exit')
  })
})

describe('outOfMemoryWatch', () => {
  it('sees each new kill once, and none because memory.events could not be read or says odd things', () => {
    const odd = fc.constantFrom(undefined, '', 'oom_kill', 'oom_kill x', 'oom_kill -1', 'oom 3')
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(5), odd)), (readings) => {
        let text: string | undefined = 'oom 9\noom_kill 0\noom_group_kill 7\n'
        // Each reading comes so late that nobody is left for the kills before.
        let now = 0
        const struck = outOfMemoryWatch(
          (path) => (path === '/proc/self/cgroup' ? '0::/a:b\n' : text),
          () => (now += 3_000),
        )
        let seen = 0
        for (const reading of readings) {
          text = typeof reading === 'number' ? `oom 9\noom_kill ${reading}\n` : reading
          const count = typeof reading === 'number' ? reading : seen
          expect(struck()).toBe(count > seen)
          seen = count
        }
      }),
      { numRuns },
    )
  })

  it('does not count the kills of the past again after it could not read', () => {
    const readings = ['oom_kill 3\n', undefined, 'oom_kill 3\n', 'oom_kill 4\n']
    const struck = outOfMemoryWatch((path) =>
      path === '/proc/self/cgroup' ? '0::/\n' : readings.shift(),
    )
    expect([struck(), struck(), struck()]).toEqual([false, false, true])
  })
})
