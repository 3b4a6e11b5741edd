import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

import { describe, expect, it, vi } from 'vitest'

import { diagnostician } from '../src/diagnose/diagnose.ts'
import { findInspector } from '../src/diagnose/inspector.ts'
import { readStat } from '../src/diagnose/proc-stat.ts'

async function startProgram(script: string): Promise<AsyncDisposable & ChildProcess> {
  const child = spawn(
    process.execPath,
    ['--inspect-publish-uid=http', '-e', `process.debugPort = 0; console.log('runs'); ${script}`],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  return Object.assign(child, {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await closed
    },
  })
}

const inspectorOf = async (pid: number): Promise<unknown> =>
  await findInspector(pid, AbortSignal.timeout(1_000))

describe.runIf(process.platform === 'linux')('a look into a process', () => {
  it('finds where it spins, time and again, and leaves it spinning without an inspector', async () => {
    await using program = await startProgram('(function spin() { while (true); })()')
    const pid = program.pid!
    const doctor = diagnostician()
    for (let round = 0; round < 3; round += 1) {
      const { verdict, stack } = await doctor.look(pid)
      expect([verdict, stack?.[0]?.functionName]).toEqual(['spinning', 'spin'])
      expect(await inspectorOf(pid)).toBeUndefined()
    }
  })

  it('and a diagnosis at the same time do not take each other for a debugger', async () => {
    await using program = await startProgram('(function spin() { while (true); })()')
    const pid = program.pid!
    const doctor = diagnostician()
    doctor.watch(pid)
    const found = await Promise.all([doctor.look(pid), doctor.diagnose(pid), doctor.look(pid)])
    expect(found.map(({ verdict }) => verdict)).not.toContain('debugged')
    expect(found.map(({ stack }) => stack?.[0]?.functionName)).toEqual(['spin', 'spin', 'spin'])
  })

  it('finds one that is stopped, or gone', async () => {
    await using program = await startProgram('setInterval(() => {}, 1_000)')
    const pid = program.pid!
    program.kill('SIGSTOP')
    await vi.waitFor(() => expect(readStat(pid)?.state).toBe('T'))
    expect(await diagnostician().look(pid)).toMatchObject({ verdict: 'stopped' })
    program.kill('SIGKILL')
    await once(program, 'exit')
    expect(await diagnostician().look(pid)).toMatchObject({ verdict: 'unknown' })
  })
})
