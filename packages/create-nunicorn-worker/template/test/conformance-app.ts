import type { RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import type { App } from '../src/index.ts'

/** What the suite asks for (README of @nunicorn/testing). Write it with your framework. */
export function createApp(): App {
  return { callback: () => answer }
}

const answer: RequestListener = async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  switch (pathname) {
    case '/slow':
      await sleep(Number(searchParams.get('ms')))
      return response.end('ok')
    case '/echo':
      return request.pipe(response)
    case '/empty':
      return response.writeHead(Number(searchParams.get('status'))).end()
    case '/throw':
      throw new Error('thrown on purpose')
    default:
      return response.end('ok')
  }
}
