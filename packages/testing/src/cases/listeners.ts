import { mkdtemp, rm } from 'node:fs/promises'
import type { ListenOptions } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { ListenAddress } from '@nunicorn/contract'
import { expect, it } from 'vitest'

import { createClient } from '../client.ts'
import { demand } from '../demand.ts'
import type { Suite } from '../test-worker-class.ts'
import { startTestWorker } from '../test-worker.ts'

const anyPort: ListenOptions = { host: '127.0.0.1', port: 0 }

export function listenerCases({ workerClass, app, start }: Suite): void {
  it('serves on every address', async () => {
    await using folder = await createFolder()
    const binds = [anyPort, anyPort, { path: join(folder.path, 'app.sock') }]
    await using worker = await startTestWorker(workerClass, { app: await app(), binds })
    for (const address of worker.addresses()) await expectOk(address)
  })

  it('serves on an address that it is given later', async () => {
    await using worker = await start()
    const [first] = worker.addresses()
    await expectOk(await worker.listen(anyPort))
    await expectOk(first!)
  })
}

async function expectOk(address: ListenAddress): Promise<void> {
  using client = createClient(address)
  const why = `GET /ok must be answered on ${JSON.stringify(address)}`
  const { status, body } = await demand(why, client.get('/ok'))
  expect({ status, body }, why).toEqual({ status: 200, body: 'ok' })
}

async function createFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'nunicorn-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
