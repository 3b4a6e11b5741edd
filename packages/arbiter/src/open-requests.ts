import type { OpenRequest } from '@nunicorn/contract'

const most = 20
const longestUrl = 200
const longestMethod = 20

/** What a worker says of its requests in flight; an app can say it as well, and anything. */
export function readOpenRequests(value: unknown): readonly OpenRequest[] | undefined {
  return Array.isArray(value) ? value.slice(0, most).flatMap(readOpenRequest) : undefined
}

function readOpenRequest(value: unknown): readonly OpenRequest[] {
  if (typeof value !== 'object' || value === null) return []
  const { method, url, ageMs, running } = value as Readonly<Record<string, unknown>>
  if (typeof method !== 'string' || typeof url !== 'string' || typeof ageMs !== 'number') return []
  return [
    {
      method: method.slice(0, longestMethod),
      url: url.slice(0, longestUrl),
      ageMs,
      ...(running === true && { running }),
    },
  ]
}
