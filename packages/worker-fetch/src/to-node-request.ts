/**
 * Makes Node's own Request of one of the bridge. The latter looks like one, but `fetch(request)` and `new Request(request)`
 * want what only Node's constructor makes, and the bridge mends that by putting its own classes in the place of the
 * global ones.
 */
export function toNodeRequest(request: Request): Request {
  const { url, method, headers, signal } = request
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers, signal })
  return new Request(url, { method, headers, signal, body: request.body, duplex: 'half' })
}
