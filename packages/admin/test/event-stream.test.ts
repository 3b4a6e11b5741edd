import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { EventRecord } from '@nunicorn/contract'
import { expect, it } from 'vitest'

import { streamEvents } from '../src/event-stream.ts'

function eventOf(sequence: number): EventRecord {
  const message = 'x'.repeat(5_000)
  return { sequence, at: 0, type: 'x', level: 'info', message, details: {} }
}

it('a reader gets all that has happened, however much, and then what happens', async () => {
  const known = Array.from({ length: 1_000 }, (_, index) => eventOf(index + 1))
  const listeners = new Set<(event: EventRecord) => void>()
  const events = {
    recent: () => known,
    subscribe(listener: (event: EventRecord) => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  await using server = createServer((_request, response) =>
    streamEvents(response, { events, after: 0 }),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const given = new AbortController()
  const { body } = await fetch(`http://127.0.0.1:${port}/`, { signal: given.signal })
  let text = ''
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (text.endsWith(`}\n\n`) && text.includes('id: 1000\n'))
      for (const tell of listeners) tell(eventOf(1_001))
    if (text.includes('id: 1001\n')) break
  }
  expect(text.match(/^id: /gm)?.length).toBeGreaterThanOrEqual(1_001)
  given.abort()
  server.closeAllConnections()
})
