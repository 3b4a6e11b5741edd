/** The process of our own client. Argument: the load as JSON; it prints the result as JSON. */
import { connect } from 'node:net'

import { isComplete, requestHead } from '../ask.ts'
import type { Load, LoadResult } from '../load.ts'

const load = JSON.parse(process.argv[2]!) as Load
const head = requestHead(load)
const beganAt = performance.now()
let answers = 0
let failures = 0

for (let connection = 0; connection < load.connections; connection += 1) open()
setTimeout(finish, load.seconds * 1_000)

function open(): void {
  const socket = connect({ port: load.port, host: '127.0.0.1', noDelay: true })
  let received = ''
  let waiting = true
  socket.setEncoding('latin1')
  socket.on('connect', () => socket.write(head))
  socket.on('data', (chunk: string) => {
    received += chunk
    if (!isComplete(received)) return
    if (received.startsWith('HTTP/1.1 200')) answers += 1
    else failures += 1
    received = ''
    waiting = load.keepAlive
    if (load.keepAlive) socket.write(head)
  })
  // 'close' follows.
  socket.on('error', () => {})
  socket.on('close', () => {
    if (waiting) failures += 1
    open()
  })
}

function finish(): void {
  const seconds = (performance.now() - beganAt) / 1_000
  const result: LoadResult = { perSecond: answers / seconds, failures }
  process.stdout.write(JSON.stringify(result), () => process.exit())
}
