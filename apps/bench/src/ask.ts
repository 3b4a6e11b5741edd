import { type Connection, openConnection } from '@nunicorn/torture'

/** An answer, and the connection on which it came: still open, unless the server closed it. */
export interface Answer {
  /** Who answered: the process, and after a dot the thread, if it is not the main one. */
  readonly worker: string
  readonly connection: Connection
}

/** @throws RequestError when the connection is refused or ends before the answer is complete */
export async function ask(port: number): Promise<Answer> {
  const connection = await openConnection({ host: '127.0.0.1', port })
  try {
    return { worker: (await askOn(connection)).worker, connection }
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** Asks on a connection that is there. */
export async function askOn(
  connection: Connection,
): Promise<{ readonly worker: string; readonly keepsOpen: boolean }> {
  await connection.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const { body, keepsOpen } = await connection.readAnswer()
  const { worker } = JSON.parse(body.toString()) as { readonly worker: string }
  return { worker, keepsOpen }
}

/** Who answers a new connection, which is closed again. */
export async function askOnce(port: number): Promise<string> {
  const { worker, connection } = await ask(port)
  await connection.close()
  return worker
}
