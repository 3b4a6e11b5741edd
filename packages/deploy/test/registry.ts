import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Registry extends AsyncDisposable {
  readonly url: string
}

/** A registry that has the packages of this repository as they would be published, and knows who has all others. */
export async function startRegistry(): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'nunicorn-registry-'))
  const workspace = join(import.meta.dirname, '../../..')
  const pack = ['--recursive', '--silent', '--filter-prod', 'nunicorn...', 'pack']
  await run('pnpm', [...pack, '--pack-destination', folder], { cwd: workspace })
  const packed = new Map(
    await Promise.all(
      (await readdir(folder)).map(async (file) => {
        const { stdout } = await run('tar', ['-xzOf', join(folder, file), 'package/package.json'])
        const manifest = JSON.parse(stdout) as { readonly name: string; readonly version: string }
        return [manifest.name, { file, manifest }] as const
      }),
    ),
  )
  const others = (await run('npm', ['config', 'get', 'registry'])).stdout.trim().replace(/\/$/, '')
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    if (path.startsWith('/-/files/')) {
      response.end(await readFile(join(folder, path.slice('/-/files/'.length))))
      return
    }
    const found = packed.get(path.slice(1))
    if (found === undefined) {
      response.writeHead(302, { location: others + request.url }).end()
      return
    }
    const { name, version } = found.manifest
    const content = await readFile(join(folder, found.file))
    const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`
    const dist = { tarball: `http://${request.headers.host}/-/files/${found.file}`, integrity }
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        name,
        'dist-tags': { latest: version },
        versions: { [version]: { ...found.manifest, dist } },
        time: { [version]: '2020-01-01T00:00:00.000Z' },
      }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true })
    },
  }
}
