import { closeSync, openSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import type { Session } from 'node:inspector'
import { setTimeout as sleep } from 'node:timers/promises'

import { NunicornError } from '@nunicorn/contract'

import type { Answerers } from './answer.ts'

/** What an operator may ask of the process itself. What it takes is loaded when it is asked for. */
export const inspectSelf: Answerers = {
  pulse: () => null,
  profile: async ({ seconds, file }) =>
    writing(file, async () => writeFileSync(file, JSON.stringify(await profile(seconds * 1_000)))),
  'heap-snapshot': ({ file }) =>
    writing(file, () => process.getBuiltinModule('node:v8').writeHeapSnapshot(file)),
  'close-inspector'() {
    process.debugPort = 0
    process.getBuiltinModule('node:inspector').close()
  },
}

/** Only for this user's eyes: request bodies and passwords are in a heap. @returns the size of the file */
async function writing(file: string, write: () => unknown): Promise<number> {
  let created = false
  try {
    closeSync(openSync(file, 'wx', 0o600))
    created = true
    await write()
    return statSync(file).size
  } catch (error) {
    if (created) unlinkSync(file)
    throw cannotWrite(file, error)
  }
}

async function profile(forMs: number): Promise<unknown> {
  const { Session } = process.getBuiltinModule('node:inspector')
  const session = new Session()
  session.connect()
  try {
    await post(session, 'Profiler.enable')
    await post(session, 'Profiler.start')
    await sleep(forMs)
    const { profile: recorded } = (await post(session, 'Profiler.stop')) as { profile: unknown }
    return recorded
  } finally {
    session.disconnect()
  }
}

function post(session: Session, method: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    session.post(method, (error, result) => (error ? reject(error) : resolve(result)))
  })
}

function cannotWrite(file: string, cause: unknown): NunicornError {
  return new NunicornError({
    code: 'file-not-written',
    message: `The worker cannot write ${file}: ${cause instanceof Error ? cause.message : String(cause)}.`,
    hint: 'It writes as its own user, and only to a file that does not exist.',
    cause,
  })
}
