import { openConnection } from '@nunicorn/torture'

import type { Server } from './system.ts'
import { until } from './until.ts'

/**
 * Has every worker collect its garbage, and resolves with what is then left on the heaps of all, in kilobytes: from outside
 * nobody can tell a leak from a young generation that V8 has let grow.
 */
export async function heapKilobytes({ target, workers }: Server): Promise<number> {
  const left = new Map<number, number>()
  await until(
    async () => {
      await using connection = await openConnection(target)
      await connection.send('GET /heap HTTP/1.1\r\nHost: chaos\r\nConnection: close\r\n\r\n')
      const { headers, body } = await connection.readAnswer()
      left.set(Number(headers.get('x-worker')), Number(String(body)) / 1_024)
      return workers().every((pid) => left.has(pid))
    },
    { withinMs: 5_000, everyMs: 5 },
  )
  return workers().reduce((sum, pid) => sum + (left.get(pid) ?? Number.NaN), 0)
}
