import { type Answer, MalformedAnswer } from './answer.ts'

export interface AnswerHead extends Pick<Answer, 'status' | 'reason' | 'headers'> {
  /** The 1 of HTTP/1.1. */
  readonly minorVersion: number
}

/** How the end of a body is found (RFC 9112 6.3). */
export type Framing =
  | { readonly type: 'none' | 'chunked' | 'until-close' }
  | { readonly type: 'length'; readonly length: number }

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d) ([\t\x20-\x7e\x80-\xff]*)$/
const HEADER_LINE = /^([\w!#$%&'*+.^`|~-]+):([\t\x20-\x7e\x80-\xff]*)$/

/** @throws MalformedAnswer */
export function parseHead([first = '', ...lines]: readonly string[]): AnswerHead {
  const [, minorVersion, status, reason = ''] = STATUS_LINE.exec(first) ?? []
  if (status === undefined) throw new MalformedAnswer(`a bad status line: ${show(first)}`)
  const headers = parseHeaders(lines)
  return { minorVersion: Number(minorVersion), status: Number(status), reason, headers }
}

/**
 * Neither folded lines, nor blanks before the colon, nor control characters (RFC 9112 5, RFC 9110 5.5).
 *
 * @throws MalformedAnswer
 */
export function parseHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name, value = ''] = HEADER_LINE.exec(line) ?? []
    if (name === undefined) throw new MalformedAnswer(`a bad header line: ${show(line)}`)
    const key = name.toLowerCase()
    const before = headers.get(key)
    headers.set(key, before === undefined ? value.trim() : `${before}, ${value.trim()}`)
  }
  return headers
}

/** @throws MalformedAnswer where RFC 9112 6 forbids what the headers say, even if it lets a client guess */
export function framingOf(head: AnswerHead, method: string): Framing {
  const length = head.headers.get('content-length')
  const coding = head.headers.get('transfer-encoding')
  if (length !== undefined && !/^\d{1,15}$/.test(length)) {
    throw new MalformedAnswer(`a bad Content-Length: ${show(length)}`)
  }
  if (coding !== undefined) checkCoding(head, coding)
  const bodiless = head.status < 200 || head.status === 204
  if (bodiless && (length ?? coding) !== undefined) {
    throw new MalformedAnswer(`a ${head.status} that announces a body`)
  }
  if (bodiless || method === 'HEAD' || head.status === 304) return { type: 'none' }
  if (coding !== undefined) return { type: 'chunked' }
  return length === undefined ? { type: 'until-close' } : { type: 'length', length: Number(length) }
}

/** What the server says about the connection after this answer. */
export function persistenceOf(
  { minorVersion, headers }: AnswerHead,
  framing: Framing,
): Pick<Answer, 'keepsOpen' | 'promisedIdleMs'> {
  const options = (headers.get('connection') ?? '').toLowerCase().split(/[ \t]*,[ \t]*/)
  const wanted = minorVersion === 1 ? !options.includes('close') : options.includes('keep-alive')
  const [, seconds] =
    /(?:^|[ ,])timeout=(\d{1,9})(?:[ ,;]|$)/i.exec(headers.get('keep-alive') ?? '') ?? []
  return {
    keepsOpen: wanted && framing.type !== 'until-close',
    promisedIdleMs: seconds === undefined ? undefined : Number(seconds) * 1000,
  }
}

/** A server-controlled text, fit for one line of a message. */
export function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}

function checkCoding({ minorVersion, headers }: AnswerHead, coding: string): void {
  if (coding.toLowerCase() !== 'chunked') {
    throw new MalformedAnswer(`a Transfer-Encoding that nobody asked for: ${show(coding)}`)
  }
  if (minorVersion === 0) throw new MalformedAnswer('chunks in HTTP/1.0')
  if (headers.has('content-length')) {
    throw new MalformedAnswer('both Content-Length and Transfer-Encoding')
  }
}
