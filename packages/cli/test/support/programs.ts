import { mkdir, symlink } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { createProject, type Project } from './project.ts'

const packages = fileURLToPath(new URL('../../../', import.meta.url))

/** A project in which the worker classes of programs are installed. */
export async function createProgramProject(
  files: Readonly<Record<string, string>> = {},
): Promise<Project> {
  const project = await createProject(files)
  await mkdir(project.path('node_modules/@nunicorn'), { recursive: true })
  for (const name of ['worker-exec', 'worker-uvicorn'])
    await symlink(`${packages}${name}`, project.path(`node_modules/@nunicorn/${name}`))
  return project
}

/** What most servers do: accept on a descriptor, and at SIGTERM accept no more and finish what is in flight. */
export const serverSource = `
import { readFileSync, existsSync, writeSync } from 'node:fs'
import { createServer, Server as HttpServer } from 'node:http'
import { Server } from 'node:net'

export const say = (...lines) => writeSync(Number(process.env.NUNICORN_NOTIFY_FD), lines.map((line) => line + '\\n').join(''))
const routes = {
  '/ok': (response) => response.end('ok'),
  '/pid': (response) => response.end(String(process.pid)),
  '/arguments': (response) => response.end(JSON.stringify(process.argv.slice(2))),
  '/env': (response) => response.end(JSON.stringify({ ...process.env, PID: String(process.pid) })),
  '/version': (response) => response.end(readFileSync('version', 'utf8')),
  '/slow': (response) => setTimeout(() => response.end('slow'), 1_500),
  '/exit': () => process.exit(7),
  '/block': () => { for (;;); },
  '/say': (response, query) => { say(query); response.end('said') },
}
export const server = createServer((request, response) => {
  const [path, query] = request.url.split('?')
  response.setHeader('Connection', 'close')
  const route = routes[path] ?? routes['/ok']
  route(response, decodeURIComponent(query ?? ''))
})
export function serve(fds) {
  const servers = fds.map((fd) => new Server({ allowHalfOpen: true }, (socket) => server.emit('connection', socket)).listen({ fd }))
  process.on('SIGTERM', () => { for (const one of servers) one.close() })
}
`
