import type { TestWorker } from '@nunicorn/testing'

/** Asks the first address of a worker. */
export async function fetchFrom(
  worker: TestWorker,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { port } = worker.addresses()[0] as { port: number }
  return await fetch(`http://127.0.0.1:${port}${path}`, { headers })
}
