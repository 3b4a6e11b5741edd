import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

import { captureStack } from '../src/diagnose/inspector.ts'

const program = fileURLToPath(new URL('false-inspector.ts', import.meta.url))

async function startFalseInspector(words: string): Promise<AsyncDisposable & ChildProcess> {
  const child = spawn(process.execPath, [program, words], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return Object.assign(child, {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await once(child, 'close')
    },
  })
}

it
  .runIf(process.platform === 'linux')
  .each([
    'hello',
    'null',
    '{"method":"Debugger.paused"}',
    '{"method":"Debugger.paused","params":{"callFrames":[null]}}',
  ])('takes a server of the app that says %s for no inspector, and survives it', async (words) => {
  await using app = await startFalseInspector(words)
  const stack = captureStack(app.pid!, AbortSignal.timeout(5_000))
  await expect(stack).rejects.toThrow('what listens there is no inspector')
})
