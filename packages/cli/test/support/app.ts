export interface AppOptions {
  /** What every answer says in `x-version`. */
  readonly version?: string
  /** Code that runs while the module is imported. */
  readonly boot?: string
}

/** The source of an app that can be made to do what a bad day does: wait, block, crash, stream. */
export function appSource({ version = '1', boot = '' }: AppOptions = {}): string {
  return `
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

${boot}

const leaked = []
const routes = {
  '/ok': (_, response) => response.end('ok'),
  '/sleep': async (_, response, query) => {
    await sleep(Number(query.get('ms')))
    response.end('slept')
  },
  '/cpu': (_, response, query) => {
    spin(Number(query.get('ms')))
    response.end('spun')
  },
  '/block': () => spinForEver(),
  '/exit': (_, __, query) => process.exit(Number(query.get('code'))),
  '/throw': () => setImmediate(() => { throw new Error('thrown on purpose') }),
  '/print': (_, response, query) => {
    console[query.get('by') ?? 'log']('x'.repeat(Number(query.get('bytes'))))
    response.end('printed')
  },
  '/sha': async (request, response) => {
    const hash = createHash('sha256')
    for await (const chunk of request) hash.update(chunk)
    response.end(hash.digest('hex'))
  },
  '/leak': (_, response, query) => {
    leaked.push(Buffer.alloc(Number(query.get('bytes')), 1))
    response.end('leaked')
  },
  '/memory': (_, response) => response.end(String(process.memoryUsage().rss)),
}

export default (request, response) => {
  response.setHeader('x-worker', process.pid)
  response.setHeader('x-version', ${JSON.stringify(version)})
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  return (routes[pathname] ?? routes['/ok'])(request, response, searchParams)
}

function spin(ms) {
  for (const until = performance.now() + ms; performance.now() < until; );
}

function spinForEver() {
  while (true);
}
`
}
