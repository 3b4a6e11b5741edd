import type { AccessEntry } from '@nunicorn/contract'

import { LineBytes } from '../../src/access/line-bytes.ts'
import type { Line } from '../../src/access/line.ts'

export interface EntryOptions extends Partial<Omit<AccessEntry, 'requestHeader' | 'answerHeader'>> {
  readonly headers?: Readonly<Record<string, string>>
  readonly answerHeaders?: Readonly<Record<string, string>>
}

/** An entry of a `GET /search?q=1` that took 1234.567 ms. */
export function entryOf(options: EntryOptions = {}): AccessEntry {
  const { headers = {}, answerHeaders = {}, ...rest } = options
  return {
    method: 'GET',
    url: '/search?q=1',
    protocol: 'HTTP/1.1',
    startedAt: 1_000,
    endedAt: 2_234.567,
    ending: 'answered',
    status: 200,
    bytes: 5,
    remoteAddress: '192.0.2.7',
    requestHeader: (name) => headers[name],
    answerHeader: (name) => answerHeaders[name],
    ...rest,
  }
}

/** What `line` makes of an entry, without the end of the line. */
export function textOf(line: Line, entry: AccessEntry, limit?: number): string {
  const bytes = new LineBytes()
  line(entry, bytes, limit)
  bytes.endLine()
  return bytes.lines.toString().slice(0, -1)
}
