import { openConnection } from '@nunicorn/torture'

/** The status with which a server answers a new connection; undefined when it does not. */
export async function statusOf(at: {
  readonly host: string
  readonly port: number
}): Promise<number | undefined> {
  try {
    await using connection = await openConnection(at, { timeoutMs: 500 })
    await connection.send('GET /ok HTTP/1.1\r\nHost: chaos\r\n\r\n')
    return (await connection.readAnswer({ timeoutMs: 1_000 })).status
  } catch {
    return undefined
  }
}
