/** How a request can fail. */
export const FAILURES = [
  /** The connection was not made: nobody listens, or (Unix) the accept queue is full. */
  'refused',
  /** RST before the first byte of the answer. */
  'reset-before-bytes',
  /** FIN before the first byte of the answer. */
  'closed-unanswered',
  /** FIN or RST after the first byte of the answer and before its end. */
  'cut-short',
  /** Not answered to the last byte in time, or the connection was not made in time. */
  'timeout',
  /** A 5xx. */
  'server-error',
  /** Complete but wrong, or not HTTP/1.1 as RFC 9112 wants it. */
  'wrong-answer',
  /** This machine could not open the connection (EMFILE, EADDRNOTAVAIL...): it says nothing about the server. */
  'client-error',
] as const

export type FailedOutcome = (typeof FAILURES)[number]

/** What became of a request: exactly one of these. */
export type Outcome = 'ok' | FailedOutcome

/** Why there is no (right) answer. */
export class RequestError extends Error {
  override readonly name: string = 'RequestError'
  readonly outcome: FailedOutcome
  /** The bytes of the answer that had come. */
  readonly bytesReceived: number

  constructor(outcome: FailedOutcome, detail: string, bytesReceived: number = 0) {
    super(detail)
    this.outcome = outcome
    this.bytesReceived = bytesReceived
  }
}

/** What an error of connect(2) says about the server. */
export function outcomeOfConnectError(code: string | undefined): FailedOutcome {
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOENT': // a Unix socket that is not there
    case 'EAGAIN': // a Unix socket whose queue is full
      return 'refused'
    // Accepted by the kernel and reset before this process looked.
    case 'ECONNRESET':
    case 'EPIPE':
      return 'reset-before-bytes'
    case 'ETIMEDOUT':
      return 'timeout'
    default:
      return 'client-error'
  }
}
