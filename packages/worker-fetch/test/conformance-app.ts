import { setTimeout } from 'node:timers/promises'

/** What the conformance suite asks for, except WebSockets. */
export async function fetch(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url)
  switch (pathname) {
    case '/slow':
      await setTimeout(Number(searchParams.get('ms')))
      return new Response('ok')
    case '/echo':
      return new Response(request.body)
    case '/empty':
      return new Response(null, { status: Number(searchParams.get('status')) })
    case '/throw':
      throw new Error('thrown on purpose')
    default:
      return new Response('ok')
  }
}
