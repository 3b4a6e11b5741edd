import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'

import { type LogLine, logLines } from './log-lines.ts'
import { type Nunicorn, startNunicorn } from './nunicorn.ts'
import { createProject, type Project } from './project.ts'
import { until } from './until.ts'

const workerHttp = new URL(
  'dist/index.js',
  import.meta.resolve('@nunicorn/worker-http/package.json'),
)

/** An app that prints and crashes, and a class by which it says to the log what it is asked for. */
const talkative = {
  'app.mjs': `
let count = 0
const routes = {
  '/print': () => { for (const by of ['log', 'error']) console[by]('printed by ' + by) },
  '/half': () => process.stdout.write('no line break'),
  '/flood': () => { for (let line = 0; line < 2000; line += 1) console.log('x'.repeat(500)) },
  '/crash': () => setImmediate(() => { throw new Error('thrown on purpose') }),
}
export default (request, response) => {
  count += 1
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  routes[pathname]?.()
  globalThis.log?.[searchParams.get('level') ?? 'info']('asked for ' + request.url, { count })
  response.end('ok')
}`,
  'class.mjs': `
import { serveHttp } from ${JSON.stringify(workerHttp.href)}
export default {
  contract: 1,
  name: 'talkative',
  async start(app, context) {
    globalThis.log = context.log
    return serveHttp({ serve: app }, context)
  },
}`,
}

/** A nunicorn with one worker, whose log is JSON in a file. */
export interface Logged extends AsyncDisposable {
  readonly project: Project
  readonly nunicorn: Nunicorn
  readonly target: { readonly host: string; readonly port: number }
  get(path: string): Promise<string>
  /** The lines that are in the file now. */
  lines(): readonly LogLine[]
  /** Resolves with the first line of such a kind. */
  line(matches: (line: LogLine) => boolean): Promise<LogLine>
}

export interface LoggedOptions {
  readonly args?: readonly string[]
  readonly files?: Readonly<Record<string, string>>
}

/** Its log file is `logs/error.log`. */
export async function startLogged({ args = [], files = {} }: LoggedOptions = {}): Promise<Logged> {
  const project = await createProject({ ...talkative, ...files })
  await mkdir(project.path('logs'))
  const nunicorn = startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', '1', '--log-file', 'logs/error.log', '--keep-alive', '1s', ...args],
    env: { NUNICORN_LOG_FORMAT: 'json', NUNICORN_BIND: '127.0.0.1:0' },
  })
  const lines = (): readonly LogLine[] => logLines(read(project.path('logs/error.log')))
  const line: Logged['line'] = (matches) => until(() => lines().find(matches))
  await line(({ event }) => event === 'worker-ready')
  const { msg } = await line((one) => one.msg.startsWith('Listening at'))
  const [, host = '', port = ''] = /http:\/\/(.+):(\d+) /.exec(msg) ?? []
  return {
    project,
    nunicorn,
    target: { host, port: Number(port) },
    get: async (path) => await (await fetch(`http://${host}:${port}${path}`)).text(),
    lines,
    line,
    async [Symbol.asyncDispose]() {
      await nunicorn[Symbol.asyncDispose]()
      await project[Symbol.asyncDispose]()
    },
  }
}

/** The text of a file; nothing if it is not there. */
export function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
