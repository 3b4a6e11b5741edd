import { execFile, spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { promisify } from 'node:util'

import { expect, it } from 'vitest'

import { logLines } from './support/log-lines.ts'
import { type Logged, read, startLogged } from './support/logged.ts'

const run = promisify(execFile)
const rotations = 10
const path = ['/usr/sbin', process.env['PATH']].join(':')
const env = { ...process.env, PATH: path }
const isMissing = spawnSync('logrotate', ['--version'], { env }).error !== undefined

it.skipIf(isMissing)(
  'logrotate takes the log file away under load, by USR1 and without copytruncate: no line is lost or torn',
  async () => {
    await using scene = await startLogged({ args: ['-k', './class.mjs', '-w', '2'] })
    const config = await writeConfig(scene)
    const asking = new AbortController()
    const clients = [1, 2, 3, 4].map((client) => ask(scene, client, asking.signal))
    for (let count = 1; count <= rotations; count += 1) {
      await run('logrotate', ['--force', '--state', scene.project.path('state'), config], { env })
      await scene.line(({ msg }) => msg === 'Opened the log files anew')
    }
    asking.abort()
    const asked = (await Promise.all(clients)).flat()
    expect(asked.length).toBeGreaterThan(rotations)
    scene.nunicorn.signal('SIGTERM')
    expect(await scene.nunicorn.exited).toBe(0)

    const files = globSync(scene.project.path('logs/error.log*'))
    expect(files).toHaveLength(rotations + 1)
    const lines = files.flatMap((file) => logLines(read(file)))
    const answered = lines.flatMap(({ msg }) => /^asked for (\/client.+)/.exec(msg)?.[1] ?? [])
    expect(answered.toSorted()).toEqual(asked.toSorted())
    expect(lines.filter(({ msg }) => msg === 'Opened the log files anew')).toHaveLength(rotations)
    expect(lines.filter(({ event }) => event === 'worker-ended')).toHaveLength(2)
  },
)

/** As an administrator writes it into /etc/logrotate.d. */
async function writeConfig({ project, nunicorn }: Logged): Promise<string> {
  await project.write(
    'logrotate.conf',
    `${project.path('logs/error.log')} {
  rotate 100
  missingok
  nocompress
  create
  postrotate
    kill -USR1 ${nunicorn.pid}
  endscript
}
`,
  )
  const file = project.path('logrotate.conf')
  await chmod(file, 0o644)
  return file
}

/** Asks one request after the other; resolves with the paths of those that were answered. */
async function ask({ get }: Logged, client: number, signal: AbortSignal): Promise<string[]> {
  const asked: string[] = []
  while (!signal.aborted) {
    const url = `/client${client}?count=${asked.length}`
    expect(await get(url)).toBe('ok')
    asked.push(url)
  }
  return asked
}
