import { createHash } from 'node:crypto'

import { describeReport, startLoad } from '@nunicorn/torture'
import { expect, it } from 'vitest'

import { startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'
import { webSocketUpgrade } from './support/web-socket-upgrade.ts'

/** Each piece of the download's body. */
const PIECE = 'nunicorn'.repeat(4096)
const PIECES = 30

/** An http.Server, because it speaks WebSocket too. */
const source = `
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'

const server = createServer(async (request, response) => {
  response.setHeader('x-worker', process.pid).setHeader('x-version', process.env.NUNICORN_GENERATION)
  if (request.url === '/upload') {
    const hash = createHash('sha256')
    for await (const piece of request) hash.update(piece)
    return response.end(hash.digest('hex'))
  }
  if (request.url === '/download') {
    for (let count = 0; count < ${PIECES}; count++) response.write('${PIECE}')
    return response.end()
  }
  if (request.url === '/events') {
    response.setHeader('content-type', 'text/event-stream')
    const ticks = setInterval(() => response.write('data: tick\\n\\n'), 10)
    return response.on('close', () => clearInterval(ticks))
  }
  response.end('ok')
})

${webSocketUpgrade}
export default server
`

it('loses nothing over 3 reloads to any kind of client, and ends what is endless properly', async () => {
  await using project = await createProject({ 'app.mjs': source })
  const args = [
    'app.mjs',
    '-w',
    '2',
    '-b',
    '127.0.0.1:0',
    '--soak',
    '300ms',
    '--graceful-timeout',
    '2s',
  ]
  await using nunicorn = startNunicorn({ directory: project.directory, args })
  await nunicorn.ready(2)
  const body = createHash('sha256').update(PIECE.repeat(PIECES)).digest('hex')
  await using load = startLoad({
    target: await nunicorn.address(),
    clients: [
      { kind: 'keep-alive', concurrency: 4, thinkMs: [1, 5, 50] },
      { kind: 'open-loop', ratePerSecond: 50 },
      { kind: 'fixed-rate', ratePerSecond: 100, connections: 8 },
      { kind: 'pipelining', concurrency: 2, thinkMs: 5 },
      { kind: 'half-head', concurrency: 4, patienceMs: 300 },
      ...[
        { kind: 'upload' as const, concurrency: 2, bytes: 200_000, bytesPerSecond: 400_000 },
        { kind: 'upload' as const, concurrency: 1, bytes: 300_000 },
      ].map((spec) => ({ ...spec, request: { path: '/upload' } })),
      {
        kind: 'slow-read',
        concurrency: 2,
        bytesPerSecond: 2_000_000,
        sha256: body,
        request: { path: '/download' },
      },
      { kind: 'server-sent-events', concurrency: 4, request: { path: '/events' } },
      { kind: 'websocket', concurrency: 4, thinkMs: [1, 5, 20], request: { path: '/socket' } },
    ],
  })
  for (let count = 1; count <= 3; count += 1) {
    const { events, messages } = load.progress
    await load.until(
      (progress) => progress.events > events + 50 && progress.messages > messages + 50,
    )
    const from = nunicorn.log.lines.length
    nunicorn.signal('SIGHUP')
    await nunicorn.log.waitFor(/Reloaded: all workers are of generation/, {
      from,
      withinMs: 30_000,
    })
  }
  const streams = 'server-sent-events ended by the server'
  await load.until(({ endings }) => (endings.get(streams) ?? 0) >= 4)
  const report = await load.stop()
  expect(report.failed, describeReport(report)).toBe(0)
  expect([...report.kinds.values()].every(({ ok }) => ok > 0)).toBe(true)
  expect(report.kinds.size).toBe(9)
  expect(report.versions.size).toBe(4)
  // Every WebSocket that was open at a reload was sent away.
  expect(report.endings.get('websocket closed 1001')).toBeGreaterThanOrEqual(4)
  expect([...report.endings.keys()].filter((how) => how.startsWith('upload'))).toEqual([
    'upload arrived whole',
  ])
})
