import { isMainThread, threadId } from 'node:worker_threads'

/**
 * What every app answers. It names its process, and its thread, so that the bench can see who answered.
 *
 * @returns {{ hello: string, worker: string }}
 */
export function greeting() {
  return { hello: 'world', worker: name }
}

const name = isMainThread ? String(process.pid) : `${process.pid}.${threadId}`
