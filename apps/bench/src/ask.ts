import { type Connection, openConnection } from '@nunicorn/torture'

/** An answer, and the connection on which it came: still open, unless the server closed it. */
export interface Answer {
  /** The process that answered. */
  readonly pid: number
  readonly connection: Connection
}

/** @throws RequestError when the connection is refused or ends before the answer is complete */
export async function ask(port: number): Promise<Answer> {
  const connection = await openConnection({ host: '127.0.0.1', port })
  try {
    await connection.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const { body } = await connection.readAnswer()
    const { pid } = JSON.parse(body.toString()) as { readonly pid: number }
    return { pid, connection }
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** Who answers a new connection, which is closed again. */
export async function askOnce(port: number): Promise<number> {
  const { pid, connection } = await ask(port)
  await connection.close()
  return pid
}
