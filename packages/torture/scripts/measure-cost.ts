// What the client costs: how many requests a second it makes to a trivial node:http server in another process, and how
// much CPU time each takes here. Run with `node --conditions=@nunicorn/source scripts/measure-cost.ts`.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { type ClientSpec, describeReport, startLoad } from '@nunicorn/torture'

const REQUESTS = 30_000

if (process.send) serve()
else await measure()

function serve(): void {
  const server = createServer((_request, response) => {
    response.setHeader('x-worker', process.pid)
    response.end('ok')
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
  process.on('disconnect', () => process.exit())
}

async function measure(): Promise<void> {
  const server = fork(import.meta.filename)
  const [port] = (await once(server, 'message')) as [number]
  await load(port, { kind: 'keep-alive', concurrency: 32 })
  await load(port, { kind: 'connection-per-request', concurrency: 32 })
  await load(port, { kind: 'pipelining', concurrency: 8 })
  await load(port, { kind: 'open-loop', ratePerSecond: 1000 })
  await load(port, { kind: 'fixed-rate', ratePerSecond: 5000, connections: 32 })
  server.disconnect()
}

async function load(port: number, client: ClientSpec): Promise<void> {
  const cpu = process.cpuUsage()
  const goal = 'ratePerSecond' in client ? client.ratePerSecond * 5 : REQUESTS
  await using run = startLoad({ target: { host: '127.0.0.1', port }, clients: [client] })
  await run.until(({ requests }) => requests >= goal)
  const report = await run.stop()
  const { user, system } = process.cpuUsage(cpu)
  const each = ((user + system) / report.requests).toFixed(0)
  process.stdout.write(
    `${client.kind}: ${each} µs of CPU time a request, ${Math.round(1e6 / Number(each))} requests a second of one core\n${describeReport(report)}\n\n`,
  )
}
