import { connect, type Socket } from 'node:net'

import { expect, it } from 'vitest'

import { startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'

/** Holds every request; once three are there, the first one's code goes on, and never ends. */
const source = (spin: string): string => `
const { promise: allThere, resolve } = Promise.withResolvers()
let count = 0
${spin}
export default async (request, response) => {
  count += 1
  if (count === 3) resolve()
  if (!request.url.startsWith('/slow')) return
  await allThere
  await answer(request, response)
}
`

const apps = {
  'in its own function': 'function answer(request, response) { while (true); }',
  'before its declarations':
    'function answer(request, response) { while (true) { if (!request) break } const result = 1; return () => result }',
  'in a callback that only closes over it':
    'function answer(request, response) { [1].forEach(() => { while (response) request.times++ }) }',
  'in code that knows it by its framework':
    'class Context { constructor(raw) { this.inner = { raw } } run() { while (true); } }\n' +
    'function answer(request) { new Context(request).run() }',
  'behind two pauses':
    'async function answer(request) { await null; await new Promise(setImmediate); while (request); }',
}

async function send(port: number, path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await new Promise<void>((resolve) =>
    socket.write(`GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`, () => resolve()),
  )
  return socket
}

it.each(Object.entries(apps))(
  'a worker that hangs %s is reported with the request that did it, and with those that waited',
  async (_, spin) => {
    await using project = await createProject({ 'app.mjs': source(spin) })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-w', '1', '-b', '127.0.0.1:0', '--timeout', '1s'],
    })
    await nunicorn.ready(1)
    const { port } = await nunicorn.address()
    const sockets = [
      await send(port, `/slow?q=${'x'.repeat(300)}`),
      await send(port, '/held-1'),
      await send(port, '/held-2'),
    ]
    await nunicorn.log.waitFor(/ended: it did not answer within timeout and was spinning, in:/)
    const [line] = await nunicorn.log.waitFor(/^It was answering .*$/)
    expect(line).toMatch(
      /^It was answering GET \/slow\?q=x{192} \([\d.]+ m?s\); GET \/held-\d \([\d.]+ m?s\), GET \/held-\d \([\d.]+ m?s\) waited\.$/,
    )
    for (const socket of sockets) socket.destroy()
  },
)

it('a worker that hangs without a request says nothing of any', async () => {
  const app = 'setTimeout(() => { while (true); }, 500)\nexport default () => {}'
  await using project = await createProject({ 'app.mjs': app })
  await using nunicorn = startNunicorn({
    directory: project.directory,
    args: ['app.mjs', '-w', '1', '-b', '127.0.0.1:0', '--timeout', '1s'],
  })
  await nunicorn.log.waitFor(/ended: it did not answer within timeout and was spinning, in:/)
  await nunicorn.ready(2)
  expect(nunicorn.log.lines.join('\n')).not.toContain('It was answering')
})
