/** What to ask. Without anything: `GET /`. */
export interface LoadRequest {
  readonly method?: string
  readonly path?: string
  /** Beside Host, Content-Length, X-Id and Connection, of which the first two can be given here instead. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface Envelope {
  readonly id: string
  readonly host: string
  /** Says `Connection: close`. */
  readonly close: boolean
}

/** The bytes of a request; its X-Id is how client and server speak of it in their ledgers. */
export function formatRequest(
  { method = 'GET', path = '/', headers = {}, body }: LoadRequest,
  { id, host, close }: Envelope,
): string | Buffer {
  const fields = new Map([['host', host]])
  if (body !== undefined) fields.set('content-length', String(Buffer.byteLength(body)))
  for (const [name, value] of Object.entries(headers)) fields.set(name.toLowerCase(), value)
  fields.set('x-id', id)
  if (close) fields.set('connection', 'close')
  let head = `${method} ${path} HTTP/1.1\r\n`
  for (const [name, value] of fields) head += `${name}: ${value}\r\n`
  head += '\r\n'
  if (body === undefined || typeof body === 'string') return head + (body ?? '')
  return Buffer.concat([Buffer.from(head), body])
}
