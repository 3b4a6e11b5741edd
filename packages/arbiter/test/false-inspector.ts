/** A program whose own server answers as an inspector does, and then says over its WebSocket what it was given to say. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const words = Buffer.from(process.argv[2] ?? '')
const server = createServer((_request, response) => {
  const { port } = server.address() as AddressInfo
  response.end(JSON.stringify([{ webSocketDebuggerUrl: `ws://127.0.0.1:${port}/` }]))
})
server.on('upgrade', ({ headers }, socket) => {
  // RFC 6455 4.2.2.
  const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  const accept = createHash('sha1').update(key).digest('base64')
  const head = ['HTTP/1.1 101 Yes', 'Upgrade: websocket', 'Connection: Upgrade']
  socket.write(`${[...head, `Sec-WebSocket-Accept: ${accept}`].join('\r\n')}\r\n\r\n`)
  socket.write(Buffer.from([0x81, words.length]))
  socket.write(words)
})
server.listen(0, '127.0.0.1', () => process.stdout.write('listens'))
