/**
 * Source that makes the `server` of an app speak WebSocket: it gives back what it gets, and closes when it is told to. It
 * needs `createHash`.
 */
export const webSocketUpgrade = `
server.on('upgrade', (request, socket) => {
  const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
  const accept = createHash('sha1').update(key).digest('base64')
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n')
  socket.write('X-Worker: ' + process.pid + '\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n')
  let bytes = Buffer.alloc(0)
  socket.on('data', (more) => {
    bytes = Buffer.concat([bytes, more])
    while (bytes.length >= 6 && bytes.length >= 6 + (bytes[1] & 0x7f)) {
      const end = 6 + (bytes[1] & 0x7f)
      const data = bytes.subarray(6, end).map((byte, at) => byte ^ bytes[2 + (at % 4)])
      const isClose = (bytes[0] & 0x0f) === 8
      socket.write(Buffer.concat([Buffer.from([bytes[0], data.length]), data]))
      bytes = bytes.subarray(end)
      if (isClose) socket.end()
    }
  })
  socket.on('error', () => {})
})
`
