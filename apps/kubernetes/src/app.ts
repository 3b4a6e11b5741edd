import { hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'

import type { RequestListener } from 'node:http'

/** Tells which pod answers; `/slow` takes long enough to be in flight when its pod is asked to leave. */
const app: RequestListener = async (request, response) => {
  if (request.url === '/slow') await setTimeout(3_000)
  response.setHeader('content-type', 'application/json')
  response.end(`${JSON.stringify({ pod: hostname(), pid: process.pid })}\n`)
}

export default app
