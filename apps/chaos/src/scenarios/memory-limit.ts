import { equal, says, unharmed } from '../checks.ts'
import { clientC } from '../clients.ts'
import { type Facts, factsOf } from '../facts.ts'
import { createControlGroup } from '../faults/cgroup.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered } from '../stage.ts'

interface Limited extends Facts {
  readonly before: readonly number[]
  /** The workers after the reload that had no room. */
  readonly after: readonly number[]
  /** Whether the reload took at the limit, and with one worker fewer. */
  readonly outcomes: readonly boolean[]
  /** Answers of the new build before there was room for it. */
  readonly early: number
  readonly kills: number
}

const megabytes = 200

export const memoryLimit: readonly Scenario[] = [
  defineScenario<Limited>({
    row: 42,
    needs: ['is-nunicorn'],
    tools: ['cgroup-memory'],
    repeats: 2,
    async inject(stage) {
      const { project } = stage
      await project.deploy({ version: '1', megabytes })
      const group = stage.use(createControlGroup('memory'))
      const port = stage.server.target.port + 1
      const { wrapper } = group
      const server = await stage.startAnother([`--bind=127.0.0.1:${port}`], { port, wrapper })
      await stage.recovery({ of: server })
      const before = server.workers()
      const limits =
        group.version === 2
          ? { usage: 'memory.current', limit: 'memory.max', kills: 'memory.events' }
          : {
              usage: 'memory.usage_in_bytes',
              limit: 'memory.limit_in_bytes',
              kills: 'memory.oom_control',
            }
      if (group.version === 2) group.set('memory.swap.max', '0')
      const used = Number(group.read(limits.usage))
      group.set(limits.limit, String(Math.round(used + 0.5 * megabytes * 2 ** 20)))
      const load = stage.load([clientC(50)], { target: server.target })
      await answered(load, 100)
      await project.deploy({ version: '2', megabytes })
      const atLimit = await server.reload()
      await answered(load, 100)
      const after = server.workers()
      const early = load.report().versions.get('2')?.answers ?? 0
      // What the log recommends. Only who has left leaves room.
      process.kill(server.supervisor ?? 0, 'SIGTTOU')
      await server.log.waitFor(/has left/)
      const withRoom = await server.reload()
      await server.log.waitFor(/has left/, { count: 2 })
      process.kill(server.supervisor ?? 0, 'SIGTTIN')
      const recovered = (await stage.recovery({ of: server, gone: before })) !== undefined
      await answered(load, 100)
      const facts = factsOf(await load.stop())
      const kills = Number(/^oom_kill (\d+)$/m.exec(group.read(limits.kills))?.[1])
      const log = server.log.lines.slice()
      server.terminate()
      await server.exited
      return {
        ...facts,
        before,
        after,
        outcomes: [atLimit, withRoom],
        early,
        kills,
        recovered,
        incidents: 5,
        log,
      }
    },
    judge: (seen) => [
      ...unharmed(seen),
      equal('the workers after a reload without room', seen.after, seen.before),
      equal('the outcome of the reloads without and with room', seen.outcomes, [false, true]),
      equal('answers of the new build before there is room', seen.early, 0),
      equal('the kills of the kernel', seen.kills, 0),
      ...says(seen, /There is no room for one worker more/),
    ],
  }),
]
