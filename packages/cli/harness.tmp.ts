import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { createArbiter } from '@nunicorn/arbiter'
import { createLogger } from '@nunicorn/logger'
import { addDurations, durationBounds, noDurations } from '@nunicorn/contract'
import { loadSettings } from './src/load-settings.ts'
import { commandFile, version, workerMain } from './src/package.ts'
const [port, ...argv] = process.argv.slice(2)
const invocation = { argv, env: process.env, directory: process.cwd() }
const { arbiter: settings } = await loadSettings(invocation)
const log = createLogger({ level: 'info', write: (line) => process.stderr.write(line), pid: process.pid })
const arbiter = createArbiter({ settings, readSettings: async () => (await loadSettings(invocation)).arbiter, workerMain, command: commandFile, log, version })
const folder = new URL('../page/dist/page/', import.meta.url)
const types = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml' }
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const fakes = new Map()
function durationsOf(pid, requests) {
  const d = fakes.get(pid) ?? { requests: 0, durations: noDurations }
  const more = requests - d.requests
  const counts = noDurations.counts.map(() => 0)
  for (let i = 0; i < more; i++) { const s = 0.002 * Math.exp((Math.random()+Math.random()+Math.random()-1.5) * 1.6); const b = durationBounds.findIndex((x) => s <= x); counts[b]++ }
  const next = { requests, durations: addDurations(d.durations, { counts, sumSeconds: 0 }) }
  fakes.set(pid, next)
  return next.durations
}
function status() {
  const s = arbiter.status()
  const workers = s.workers.map((w) => w.sample ? { ...w, sample: { durations: durationsOf(w.pid, w.sample.requests), ...w.sample } } : w)
  return { ...s, workers, totals: { ...s.totals, durations: [...fakes.values()].map((f) => f.durations).reduce(addDurations, noDurations) } }
}
createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://x')
  if (pathname === '/status') return response.setHeader('content-type', 'application/json'), response.end(JSON.stringify(status()))
  if (pathname === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const send = (e) => response.write(`id: ${e.sequence}\ndata: ${JSON.stringify(e)}\n\n`)
    arbiter.events.recent(Number(request.headers['last-event-id'] ?? 0)).forEach(send)
    const end = arbiter.events.subscribe(send)
    return response.on('close', end)
  }
  const name = pathname === '/' ? 'index.html' : pathname.slice(1)
  try { const body = readFileSync(new URL(name, folder)); response.writeHead(200, { 'content-type': types[name.split('.').pop()], 'content-security-policy': csp }); response.end(body) } catch { response.writeHead(404).end() }
}).listen(Number(port), '127.0.0.1')
process.on('SIGHUP', () => arbiter.reload())
process.on('SIGTERM', () => process.exit())
await arbiter.run()
