import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

import { get, rawClient } from './raw-client.ts'

const usage = new URL('fixtures/usage.ts', import.meta.url)

it('drains the server of the README at SIGTERM and lets the process end by itself', async () => {
  const child = spawn(process.execPath, ['--conditions=@nunicorn/source', fileURLToPath(usage)], {
    stdio: 'pipe',
  })
  try {
    const [line] = await once(child.stdout, 'data')
    await using client = await rawClient(Number(/port: (\d+)/.exec(String(line))?.[1]))
    client.send(get('/'))
    await client.receive('hello')
    client.halfClose()
    child.kill('SIGTERM')
    const output = text(child.stdout)
    const [code] = await once(child, 'exit')
    expect([code, await output]).toEqual([0, 'cut: 0\n'])
  } finally {
    child.kill('SIGKILL')
  }
})

it('is what the README shows', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(readFileSync(usage, 'utf8'))
})
