import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { describe, expect, it } from 'vitest'

import { read, startLogged } from './support/logged.ts'
import { createProject, type Project } from './support/project.ts'
import { until } from './support/until.ts'

const env = { ...process.env, PATH: ['/usr/sbin', process.env['PATH']].join(':') }
const isMissing = spawnSync('rsyslogd', ['-v'], { env }).error !== undefined

interface Rsyslog extends AsyncDisposable {
  readonly udpPort: number
  readonly tcpPort: number
  /** What it has written: facility, severity, program, pid and message of each. */
  lines(): readonly (readonly string[])[]
}

/** Debian's syslog server, on free ports. */
async function startRsyslog(): Promise<Rsyslog> {
  const project = await createProject()
  const udpPort = await freeUdpPort()
  await project.write('rsyslog.conf', configOf(project, udpPort))
  const args = ['-n', '-f', project.path('rsyslog.conf'), '-i', project.path('pid')]
  const child = spawn('rsyslogd', args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  const tcpPort = await until(() => {
    if (child.exitCode !== null) throw new Error(said.join('\n'))
    return Number(read(project.path('port'))) || undefined
  })
  return {
    udpPort,
    tcpPort,
    lines: () =>
      read(project.path('messages'))
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('|')),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await once(child, 'exit')
      await project[Symbol.asyncDispose]()
    },
  }
}

function configOf({ path, directory }: Project, udpPort: number): string {
  return `
global(workDirectory="${directory}")
module(load="imudp")
module(load="imtcp")
input(type="imudp" address="127.0.0.1" port="${udpPort}")
input(type="imtcp" address="127.0.0.1" port="0" listenPortFileName="${path('port')}")
template(name="all" type="string" string="%syslogfacility-text%|%syslogseverity-text%|%app-name%|%procid%|%msg%\\n")
action(type="omfile" file="${path('messages')}" template="all")
`
}

/** rsyslog cannot say which port the kernel chose for datagrams. */
async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

describe.skipIf(isMissing)('rsyslog', () => {
  it.each(['udp', 'tcp'] as const)('gets the log over %s, to the last line', async (transport) => {
    await using rsyslog = await startRsyslog()
    const port = transport === 'udp' ? rsyslog.udpPort : rsyslog.tcpPort
    await using scene = await startLogged({
      args: [
        '-k',
        './class.mjs',
        '--log-syslog',
        `--log-syslog-to=${transport}://127.0.0.1:${port}`,
        '--log-syslog-facility=local3',
        '--log-syslog-prefix=shop',
      ],
    })
    const [worker] = scene.nunicorn.workers()
    await scene.get('/hello?level=critical')
    scene.nunicorn.signal('SIGTERM')
    expect(await scene.nunicorn.exited).toBe(0)
    const sent = scene.lines().length
    await until(() => rsyslog.lines().length === sent)
    const lines = rsyslog.lines()
    expect(new Set(lines.map(([facility, , name]) => `${facility} ${name}`))).toEqual(
      new Set(['local3 nunicorn.shop']),
    )
    const asked = lines.find(([, , , , message]) => message?.includes('asked for /hello'))
    expect(asked?.slice(1, 4)).toEqual(['crit', 'nunicorn.shop', String(worker)])
    expect(JSON.parse(asked?.[4] ?? '')).toMatchObject({ level: 'critical', worker: { number: 1 } })
    expect(lines.at(-1)?.[4]).toContain('worker-ended')
  })
})
