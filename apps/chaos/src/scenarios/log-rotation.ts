import { existsSync, globSync, readFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'

import { equal, unharmed } from '../checks.ts'
import { type Facts, factsOf } from '../facts.ts'
import type { Project } from '../project.ts'
import { defineScenario, type Scenario } from '../scenario.ts'
import { answered } from '../stage.ts'
import { until } from '../until.ts'

interface Rotated extends Facts {
  /** How many files there are more, the one that is written now not counted. */
  readonly files: number
  /** Lines that are none. */
  readonly torn: readonly string[]
  /** Requests that were answered and have no line, and lines too many. */
  readonly missing: number
  readonly surplus: number
}

const rotations = 20

export const logRotation: readonly Scenario[] = [
  defineScenario<Rotated>({
    row: 88,
    needs: ['is-nunicorn'],
    setup: { args: ['--access-logfile=access.log', '--access-logformat=%({x-id}i)s %(r)s %(s)s'] },
    async inject(stage) {
      const { server, project } = stage
      const log = project.path('access.log')
      const before = filesOf(project).length
      const load = stage.load()
      for (let count = 0; count < rotations; count += 1) {
        await answered(load, stage.volume / rotations)
        // The workers are told to open it anew, and the first one makes it; another may still write to the one before.
        await until(() => existsSync(log))
        const from = server.log.lines.length
        await rename(log, `${log}.${before + count}`)
        process.kill(server.supervisor ?? 0, 'SIGUSR1')
        await server.log.waitFor(/Opened the log files anew/, { from })
      }
      await answered(load, stage.volume / rotations)
      const facts = factsOf(await load.stop())
      const arrivals = project.arrivals()
      // A line waits for others for a fifth of a second.
      await until(() => linesOf(project).filter(hasId).length >= arrivals.length, {
        withinMs: 3_000,
        everyMs: 100,
      })
      const lines = linesOf(project)
      const logged = lines.filter(hasId).map((line) => line.slice(0, line.indexOf(' ')))
      const known = new Set(logged)
      return {
        ...facts,
        files: filesOf(project).length - before,
        torn: lines.filter((line) => !whole.test(line)).slice(0, 5),
        missing: arrivals.filter((id) => !known.has(id)).length,
        surplus: logged.length - known.size,
        recovered: (await stage.recovery()) !== undefined,
        incidents: rotations,
        log: stage.logSinceStart(),
      }
    },
    judge: (seen) => [
      ...unharmed(seen),
      equal('the number of files that were taken away', seen.files, rotations),
      equal('the lines that are torn', seen.torn, []),
      equal('the number of lines that are lost', seen.missing, 0),
      equal('the number of lines that are there twice', seen.surplus, 0),
    ],
  }),
]

/** What asks whether all workers answer has no id. */
const whole = /^(?:[\w-]+ POST \/ok|- GET \/ids) HTTP\/1\.1 200\n$/

function hasId(line: string): boolean {
  return !line.startsWith('- ')
}

function filesOf(project: Project): readonly string[] {
  return globSync(project.path('access.log.*'))
}

/** Of all files since the server was started: repeats add to each other. With their ends, which a torn one has not. */
function linesOf(project: Project): readonly string[] {
  return [...filesOf(project), project.path('access.log')].flatMap((file) =>
    existsSync(file) ? readFileSync(file, 'utf8').split(/(?<=\n)/) : [],
  )
}
