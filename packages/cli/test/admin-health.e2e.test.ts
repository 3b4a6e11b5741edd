import { createServer, get } from 'node:http'
import { once } from 'node:events'
import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import type { AddressInfo } from 'node:net'

import { expect, it } from 'vitest'

import { adminClient, type AdminClient, adminOf } from './support/admin.ts'
import { appSource } from './support/app.ts'
import { startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'
import { until } from './support/until.ts'

const any = ['-b', '127.0.0.1:0', '--admin', '127.0.0.1:0']

async function probes(admin: AdminClient): Promise<readonly number[]> {
  const paths = ['/livez', '/startupz', '/readyz']
  return (await Promise.all(paths.map((path) => admin.get(path)))).map(({ status }) => status)
}

/** A request that is answered only when the file `go` is there. */
async function holdRequest(address: { host: string; port: number }): Promise<void> {
  const request = get({ ...address, path: '/held', agent: false }, (response) => response.resume())
  request.on('error', () => {})
  await once(request, 'socket')
  await until(() => request.socket?.bytesWritten)
}

function heldApp(boot = ''): string {
  return `
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
const there = async (name) => { while (!existsSync(name)) await sleep(10) }
${boot}
export default async (request, response) => {
  if (request.url === '/held') await there('go')
  response.end('ok')
}`
}

it('is live at once, started and ready with the first worker, and unready from TERM until the last worker has gone', async () => {
  await using project = await createProject({ 'app.mjs': heldApp("await there('boot')") })
  const args = ['app.mjs', '-w', '1', ...any, '--drain-delay', '2s']
  await using nunicorn = startNunicorn({ directory: project.directory, args })
  const admin = await adminOf(nunicorn)
  expect(await probes(admin)).toEqual([200, 503, 503])
  expect((await admin.get('/readyz')).body).toBe(
    '[-]started failed: no worker has been ready yet\n[+]accepting ok\n[-]workers failed: no worker is ready\nreadyz check failed\n',
  )
  await project.write('boot', '')
  await nunicorn.ready(1)
  expect(await probes(admin)).toEqual([200, 200, 200])
  expect((await admin.get('/readyz?verbose')).body).toBe(
    '[+]started ok\n[+]accepting ok\n[+]workers ok\nreadyz check passed\n',
  )
  expect((await admin.get('/livez')).body).toBe('ok\n')

  await holdRequest(await nunicorn.address())
  nunicorn.signal('SIGTERM')
  await until(async () => (await admin.status()).state === 'leaving')
  expect(await probes(admin)).toEqual([200, 200, 503])
  await until(async () => (await admin.status()).state === 'stopping')
  expect(await probes(admin)).toEqual([200, 200, 503])
  expect((await admin.get('/readyz')).body).toContain('[-]accepting failed: it is about to stop')
  await project.write('go', '')
  expect(await nunicorn.exited).toBe(0)
  await expect(admin.get('/livez')).rejects.toThrow('ECONNREFUSED')
})

it('answers within a second while a worker hangs, which is stale and not missing; when all hang it is live and not ready', async () => {
  await using project = await createProject({ 'app.mjs': appSource() })
  const args = ['app.mjs', '-w', '2', ...any, '--balance', 'shared', '--timeout', '0']
  await using nunicorn = startNunicorn({ directory: project.directory, args })
  await nunicorn.ready(2)
  const admin = await adminOf(nunicorn)
  const connections = new AbortController()
  const block = async (): Promise<void> => {
    const { host, port } = await nunicorn.address()
    void fetch(`http://${host}:${port}/block`, { signal: connections.signal }).catch(() => {})
  }
  const suspects = async (): Promise<number> =>
    (await admin.status()).workers.filter(({ state }) => state === 'suspect').length
  // Both have told what they are before one hangs.
  await until(async () => (await admin.status()).workers.every(({ sample }) => sample))
  await block()
  const paths = ['/livez', '/readyz', '/metrics', '/status']
  for (let hung = 0; hung === 0; hung = await suspects())
    for (const path of paths) expect((await admin.get(path)).tookMs, path).toBeLessThan(1_000)

  const { workers } = await admin.status()
  const [stale] = workers.filter(({ state }) => state === 'suspect')
  const metrics = await admin.metrics()
  const labels = `{worker="${stale?.number}",role="serving"}`
  expect(metrics.get(`nunicorn_worker_stale${labels}`)).toBe(1)
  expect(metrics.get(`nunicorn_worker_resident_memory_bytes${labels}`)).toBe(
    stale?.sample?.rssBytes,
  )
  expect([...metrics].filter(([name]) => name.startsWith('nunicorn_worker_stale'))).toHaveLength(2)
  expect(await probes(admin)).toEqual([200, 200, 200])

  await block()
  await until(async () => (await suspects()) === 2)
  expect(await probes(admin)).toEqual([200, 200, 503])
  expect((await admin.get('/readyz')).body).toContain('every worker has missed its beats')
  for (const path of paths) expect((await admin.get(path)).tookMs, path).toBeLessThan(1_000)
  connections.abort()
})

it('says so and ends where its address is in use', async () => {
  await using project = await createProject({ 'app.mjs': appSource() })
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  try {
    const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`
    const args = ['app.mjs', '-b', '127.0.0.1:0', '--admin', taken]
    await using nunicorn = startNunicorn({ directory: project.directory, args })
    expect(await nunicorn.exited).toBe(1)
    await nunicorn.log.waitFor(
      new RegExp(`^nunicorn: Cannot bind ${taken}: it is in use by another server\\. Stop`),
    )
    expect(nunicorn.log.lines.filter((line) => /Worker \d/.test(line))).toEqual([])
  } finally {
    other.close()
  }
})

it('may be a Unix socket, for its user and group alone; a dead one is replaced and a live one is not', async () => {
  await using project = await createProject({ 'app.mjs': appSource() })
  const path = project.path('admin.sock')
  const args = ['app.mjs', '-w', '1', '-b', '127.0.0.1:0', '--admin', `unix:${path}`]
  {
    await using first = startNunicorn({ directory: project.directory, args })
    await first.ready(1)
    await using second = startNunicorn({ directory: project.directory, args })
    expect(await second.exited).toBe(1)
    await second.log.waitFor(/Cannot bind unix:.*admin\.sock: it is in use/)
    expect(lstatSync(path).mode & 0o777).toBe(0o660)
    first.signal('SIGKILL')
    await first.exited
  }
  expect(lstatSync(path).isSocket()).toBe(true)
  await using third = startNunicorn({ directory: project.directory, args })
  await third.ready(1)
  const admin = adminClient({ path })
  expect((await admin.get('/readyz')).status).toBe(200)
  third.signal('SIGTERM')
  expect(await third.exited).toBe(0)
  expect(() => lstatSync(path)).toThrow('ENOENT')
})

it('is not inherited by the workers', async () => {
  await using project = await createProject({ 'app.mjs': appSource() })
  const args = ['app.mjs', '-w', '2', ...any]
  await using nunicorn = startNunicorn({ directory: project.directory, args })
  await nunicorn.ready(2)
  const { place } = await adminOf(nunicorn)
  const [socket] = await listeningInodes('port' in place ? place.port : 0)
  expect(socketsOf(nunicorn.pid)).toContain(socket)
  for (const worker of nunicorn.workers()) expect(socketsOf(worker)).not.toContain(socket)
})

it('stays where it is in a reload that would move it, and the log says so', async () => {
  await using project = await createProject({ 'app.mjs': appSource() })
  await writeConfig(project, '127.0.0.1:0')
  const args = ['app.mjs', '-w', '1', '-b', '127.0.0.1:0', '--soak', '0']
  await using nunicorn = startNunicorn({ directory: project.directory, args })
  await nunicorn.ready(1)
  const admin = await adminOf(nunicorn)
  await writeConfig(project, 'unix:elsewhere.sock')
  nunicorn.signal('SIGHUP')
  await nunicorn.log.waitFor(/The setting admin has changed, which takes a restart/)
  await until(async () => (await admin.status()).lastReload?.result === 'finished')
})

function writeConfig(project: Project, admin: string): Promise<void> {
  return project.write('nunicorn.config.json', JSON.stringify({ admin }))
}

function socketsOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      return []
    }
  })
}

async function listeningInodes(port: number): Promise<readonly string[]> {
  const { readFile } = await import('node:fs/promises')
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return (await readFile('/proc/net/tcp', 'latin1'))
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, address, , state]) => address?.endsWith(local) && state === '0A')
    .map((fields) => `socket:[${fields[9]}]`)
}
