import type { AccessEntry } from '@nunicorn/contract'

import type { LineBytes } from './line-bytes.ts'

/** What stays the same for all lines of a worker. */
export interface LineOptions {
  /** The worker's number. */
  readonly worker: number
  readonly pid: number
  /** Where the request's id is, in small letters; undefined if requests have none. */
  readonly requestIdHeader?: string | undefined
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly now?: () => number
}

/** Adds an entry to a line; values that a client has sent are cut to `limit` characters. Three parameters, for speed. */
export type Line = (entry: AccessEntry, line: LineBytes, limit?: number) => void

/** What the client was told, or 499, which is nginx's word for a client that did not wait to be told. */
export function statusOf({ status, ending }: AccessEntry): number | undefined {
  return status ?? (ending === 'aborted' ? 499 : undefined)
}

/** The name in an `Authorization: Basic` header (RFC 7617). */
export function userOf(entry: AccessEntry): string | undefined {
  const given = entry.requestHeader('authorization')
  if (given === undefined) return undefined
  const [, credentials] = /^basic +(.*)$/i.exec(given) ?? []
  if (credentials === undefined) return undefined
  const [name] = Buffer.from(credentials, 'base64').toString('latin1').split(':', 1)
  return name === '' ? undefined : name
}
