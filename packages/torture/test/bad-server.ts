import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

export interface BadServer extends AsyncDisposable {
  readonly target: { readonly host: string; readonly port: number }
  /** How many connections have come. */
  readonly connections: number
}

/** A request as it came, with its number among all requests and among those of its connection, both from 1. */
export interface Received {
  readonly text: string
  readonly id: string
  readonly count: number
  readonly countHere: number
}

export type Behaviour = (socket: Socket, request: Received) => unknown

/** A server that does to each request whatever bad thing it is told to. */
export async function badServer(behave: Behaviour): Promise<BadServer> {
  const sockets = new Set<Socket>()
  let connections = 0
  let count = 0
  const server = createServer((socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    let countHere = 0
    let text = ''
    socket.setEncoding('latin1').on('data', (bytes: string) => {
      text += bytes
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end)
        text = text.slice(end + 4)
        const [, id = ''] = /^x-id: (.*)$/im.exec(head) ?? []
        behave(socket, { text: head, id, count: ++count, countHere: ++countHere })
      }
    })
  })
  const port = await listen(server)
  return {
    target: { host: '127.0.0.1', port },
    get connections() {
      return connections
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

export function answerText(body: string, ...headers: readonly string[]): string {
  return ['HTTP/1.1 200 OK', `Content-Length: ${body.length}`, ...headers, '', body].join('\r\n')
}
