import { type ErrorReport, type EventRecord, NunicornError } from '@nunicorn/contract'

/** JSON-RPC 2.0 (https://www.jsonrpc.org/specification), one message a line, no batches. */
export type Id = string | number | null

export interface Request {
  readonly jsonrpc: '2.0'
  /** Without one it is a notification, which is not answered. */
  readonly id?: Id
  readonly method: string
  readonly params?: unknown
}

export type Response =
  | { readonly jsonrpc: '2.0'; readonly id: Id; readonly result: unknown }
  | { readonly jsonrpc: '2.0'; readonly id: Id; readonly error: RpcError }

/** What the server says unasked, after `subscribe`. */
export interface EventNotice {
  readonly jsonrpc: '2.0'
  readonly method: 'event'
  readonly params: EventRecord
}

export interface RpcError {
  readonly code: number
  readonly message: string
  readonly data?: ErrorReport
}

/** The codes of the specification, and our own one for a command that has failed; `data` tells more of that. */
export const ErrorCode: Readonly<
  Record<
    'parse' | 'invalidRequest' | 'methodNotFound' | 'invalidParams' | 'internal' | 'failed',
    number
  >
> = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  failed: -32_000,
}

/** A longer message ends the connection. */
export const longestMessageBytes = 65_536

/** What is wrong with a message, as JSON-RPC has it. */
export class ProtocolError extends Error {
  override readonly name: string = 'ProtocolError'
  readonly code: number
  /** Of the request, as far as that could be read. */
  readonly id: Id

  constructor(code: number, message: string, id: Id = null) {
    super(message)
    this.code = code
    this.id = id
  }
}

/** @throws ProtocolError */
export function readRequest(line: string): Request {
  const value = parse(line)
  if (Array.isArray(value))
    throw new ProtocolError(
      ErrorCode.invalidRequest,
      'There are no batches: send one message a line.',
    )
  if (!isRecord(value))
    throw new ProtocolError(ErrorCode.invalidRequest, 'A message must be an object.')
  const id = isId(value['id']) ? value['id'] : null
  if (value['jsonrpc'] !== '2.0')
    throw new ProtocolError(ErrorCode.invalidRequest, 'jsonrpc must be "2.0".', id)
  if (value['id'] !== undefined && !isId(value['id']))
    throw new ProtocolError(ErrorCode.invalidRequest, 'id must be a text, a number or null.')
  if (typeof value['method'] !== 'string')
    throw new ProtocolError(ErrorCode.invalidRequest, 'method must be a text.', id)
  return {
    jsonrpc: '2.0',
    ...(value['id'] === undefined ? {} : { id }),
    method: value['method'],
    ...(value['params'] === undefined ? {} : { params: value['params'] }),
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new ProtocolError(ErrorCode.parse, 'This is not JSON.')
  }
}

/** What a server's error says, made an error here: with its own code, message and mend. */
export function errorOf({ code, message, data }: RpcError): NunicornError {
  return new NunicornError(data ?? { code: `rpc${code}`, message })
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isId(value: unknown): value is Id {
  return value === null || typeof value === 'string' || Number.isFinite(value)
}
