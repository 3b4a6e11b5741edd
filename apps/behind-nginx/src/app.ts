import type { RequestListener } from 'node:http'

/** Says who asked, as nginx tells it, and has an event stream to watch. */
const app: RequestListener = (request, response) => {
  if (request.url === '/time') {
    response.setHeader('content-type', 'text/event-stream')
    const ticks = setInterval(() => response.write(`data: ${new Date().toISOString()}\n\n`), 1_000)
    response.on('close', () => clearInterval(ticks))
    return
  }
  response.setHeader('content-type', 'application/json')
  response.end(
    `${JSON.stringify({
      client: request.headers['x-forwarded-for'],
      id: request.headers['x-request-id'],
      worker: process.pid,
    })}\n`,
  )
}

export default app
