import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'

import type { DrainReport, Logger, RunningWorker } from '@nunicorn/contract'

import type { Answer } from './line-class.ts'

interface LineServer extends RunningWorker {
  onConnection(socket: Socket): void
}

interface Conversation {
  /** What is being answered at the moment. */
  line: string | undefined
  since: number
}

/** How long a client that was told `bye` has to be silent: lines that were already on their way are answered. */
const farewellMs = 1_000

/** Answers the lines of each connection one after the other. To drain is to say `bye`, answer what still comes, and close. */
export function createLineServer(answer: Answer, log: Logger): LineServer {
  const conversations = new Map<Socket, Conversation>()
  let requests = 0
  let draining: Promise<DrainReport> | undefined

  function onConnection(socket: Socket): void {
    const conversation: Conversation = { line: undefined, since: 0 }
    conversations.set(socket, conversation)
    socket.once('close', () => conversations.delete(socket))
    // It keeps to the pace of its reader, ends the socket after the last line, and destroys it when anything fails.
    pipeline(
      createInterface({ input: socket }),
      (lines: AsyncIterable<string>) => answers(lines, conversation),
      socket,
    ).catch((error: Error) => log.warning(`A conversation has failed: ${error.message}`))
  }

  async function* answers(
    lines: AsyncIterable<string>,
    conversation: Conversation,
  ): AsyncGenerator<string> {
    for await (const line of lines) {
      requests += 1
      Object.assign(conversation, { line, since: performance.now() })
      const answered = await answer(line)
      conversation.line = undefined
      yield `${answered}\n`
    }
  }

  async function drain(deadline: AbortSignal): Promise<DrainReport> {
    const closed = [...conversations.keys()].map(
      (socket) => new Promise((resolve) => socket.once('close', resolve)),
    )
    for (const [socket, conversation] of conversations) sayBye(socket, conversation)
    const cut = new Promise<DrainReport>((resolve) => {
      const cutAll = (): void => resolve({ cut: cutOff(conversations) })
      if (deadline.aborted) cutAll()
      else deadline.addEventListener('abort', cutAll, { once: true })
    })
    const done = Promise.all(closed).then((): DrainReport => ({ cut: [] }))
    const report = await Promise.race([cut, done])
    await done
    return report
  }

  return {
    onConnection,
    drain: (deadline) => (draining ??= drain(deadline)),
    stats: () => {
      const inFlight = [...conversations.values()].filter(({ line }) => line !== undefined).length
      return { requests, inFlight, connections: conversations.size }
    },
  }
}

function sayBye(socket: Socket, conversation: Conversation): void {
  // It may have said its last line, and be about to close.
  if (socket.writable) socket.write('bye\n')
  socket.setTimeout(farewellMs, () => {
    // Its answer, when it comes, starts the timeout anew.
    if (conversation.line === undefined) socket.destroySoon()
  })
}

function cutOff(conversations: ReadonlyMap<Socket, Conversation>): DrainReport['cut'] {
  const entries = [...conversations]
  for (const [socket] of entries) socket.destroy()
  return entries.flatMap(([socket, { line, since }]) =>
    line === undefined
      ? []
      : [
          {
            kind: 'line',
            what: line,
            ageMs: performance.now() - since,
            bytes: socket.bytesWritten,
          },
        ],
  )
}
