import type { RequestListener } from 'node:http'
import { hostname } from 'node:os'

/** Tells which pod answers; `/slow` takes long enough to be in flight when its pod is asked to leave. */
const app: RequestListener = (request, response) => {
  const answer = (): void => {
    response.setHeader('content-type', 'application/json')
    response.end(`${JSON.stringify({ pod: hostname(), pid: process.pid })}\n`)
  }
  if (request.url === '/slow') setTimeout(answer, 3_000)
  else answer()
}

export default app
