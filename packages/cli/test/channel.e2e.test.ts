import { expect, it } from 'vitest'

import { startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'
import { until } from './support/until.ts'

/** An app with a route that writes to the descriptor of its worker's channel. */
const source = `
import { writeSync } from 'node:fs'

export default (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  if (pathname === '/write') writeSync(3, decodeURIComponent(searchParams.get('text')))
  response.end(String(process.pid))
}
`

it.each([
  ['a line that is no message', 'garbage\n', false],
  ['the beginning of one, which spoils all that follows', 'garbage', true],
  ['an acknowledgement that nobody waits for', '{"cmd":"NODE_HANDLE_ACK"}\n', false],
])(
  'an app that writes %s to its channel does not end the arbiter',
  async (_what, text, replaced) => {
    await using project = await createProject({ 'app.mjs': source })
    await using nunicorn = startNunicorn({
      directory: project.directory,
      args: ['app.mjs', '-w', '2', '-b', '127.0.0.1:0', '--timeout', '2s'],
    })
    await nunicorn.ready(2)
    const before = nunicorn.workers()
    const { host, port } = await nunicorn.address()
    const ask = async (path: string): Promise<number> =>
      Number(
        await (
          await fetch(`http://${host}:${port}${path}`, { headers: { connection: 'close' } })
        ).text(),
      )
    const pid = await ask(`/write?text=${encodeURIComponent(encodeURIComponent(text))}`)
    await nunicorn.log.waitFor(/channel brought something that is no message/)
    if (replaced) {
      await until(() => !nunicorn.workers().includes(pid))
      await nunicorn.ready(3)
    } else {
      expect(nunicorn.workers()).toEqual(before)
    }
    expect(await ask('/')).toBeGreaterThan(0)
    nunicorn.signal('SIGTERM')
    expect(await nunicorn.exited).toBe(0)
  },
)
