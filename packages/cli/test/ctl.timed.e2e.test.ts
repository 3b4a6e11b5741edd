import type { FleetStatus } from '@nunicorn/contract'
import { describe, expect, it } from 'vitest'

import { appSource } from './support/app.ts'
import { ask, ctl, json, listeningSockets, startControlled } from './support/ctl.ts'
import type { Nunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'

/** What every command takes at most while a worker hangs: Node starts within it, too. */
const promptMs = 1_000

/** The pid of a worker that hangs from now on. */
async function hang(nunicorn: Nunicorn): Promise<number> {
  void ask(nunicorn, '/block')
  const [, pid] = await nunicorn.log.waitFor(/pid (\d+)\) has missed its beats/)
  return Number(pid)
}

describe('nunicorn ctl', () => {
  it('answers within a second while a worker hangs, tells where it hangs, and lets it live', async () => {
    await using project = await createProject({ 'app.mjs': appSource() })
    await using nunicorn = startControlled(project, '--timeout', '60s')
    await nunicorn.ready(2)
    const hung = await hang(nunicorn)
    const sockets = listeningSockets(hung)
    const { workers } = await json<FleetStatus>(project, 'status')
    const stale = workers.find(({ pid }) => pid === hung)
    const healthy = workers.find(({ pid }) => pid !== hung)
    expect([stale?.state, healthy?.state]).toEqual(['suspect', 'ready'])
    expect(stale?.silentMs).toBeGreaterThan(1_000)

    const commands = [
      ['status'],
      ['workers'],
      ['config'],
      ['events'],
      ['reopen'],
      ['log-level', 'debug'],
      ['stack', String(healthy?.pid)],
      ['reload'],
    ]
    for (const command of commands) {
      const { exitCode, tookMs, words } = await ctl(project, command)
      expect(exitCode, `${command.join(' ')}: ${words}`).toBe(0)
      expect(tookMs, command.join(' ')).toBeLessThan(promptMs)
    }

    for (let round = 0; round < 3; round += 1) {
      const { out } = await ctl(project, ['stack', String(hung)])
      expect(out).toMatch(/is spinning, in:\n {4}at spinForEver \(.*app\.mjs:\d+:\d+\)/)
    }
    // No inspector is left open, and it still spins.
    expect(listeningSockets(hung)).toEqual(sockets)
    expect((await ctl(project, ['status'])).out).toMatch(new RegExp(`${hung}.*stale for`))
    for (const command of [
      ['profile', String(hung)],
      ['heap', String(hung)],
    ])
      expect(await ctl(project, command)).toMatchObject({
        exitCode: 1,
        words: expect.stringMatching(/does not answer: its event loop is blocked/),
      })
    expect(nunicorn.workers()).toContain(hung)

    await json(project, 'kill', String(hung))
    expect(nunicorn.workers()).not.toContain(hung)
  })
})
