/** A program of its own, which knows nothing of nunicorn: `node src/app.ts` serves it on port 3000. */
import { createServer, type ServerResponse } from 'node:http'

const server = createServer((request, response) => {
  switch (request.url) {
    case '/':
      return sendJson(response, { hello: 'world', pid: process.pid, address: server.address() })
    case '/clock':
      return tick(response)
    default:
      return sendJson(response, { error: 'not found' }, 404)
  }
})

server.listen(3000, () => console.log('listening at', server.address()))
process.on('SIGTERM', () => server.close(() => process.exit(0)))

function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(body)}\n`)
}

/** The time, once a second, as server-sent events. */
function tick(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (): boolean => response.write(`data: ${new Date().toISOString()}\n\n`)
  send()
  const timer = setInterval(send, 1_000)
  response.on('close', () => clearInterval(timer))
}
