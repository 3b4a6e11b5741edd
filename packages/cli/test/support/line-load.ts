import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

export interface LineLoad {
  /** Resolves when so many more lines have been answered. */
  answered(more: number): Promise<void>
  /** Finishes what has been asked; resolves with what went wrong. */
  stop(): Promise<readonly string[]>
}

interface Address {
  readonly host: string
  readonly port: number
}

/** Says lines to apps/line-echo and demands its answer to each; nothing is said twice. */
export function startLineLoad(address: Address): LineLoad {
  const failures: string[] = []
  const waiting = new Set<() => void>()
  let answers = 0
  let isOver = false

  /** Talks until the server says `bye`, or for one line, and then begins anew. */
  async function talkOn(name: string, linesEach: number): Promise<void> {
    for (let count = 0; !isOver; count += 1) {
      await talk(`${name}.${count}`, linesEach).catch((error) => failures.push(String(error)))
    }
  }

  async function talk(name: string, most: number): Promise<void> {
    const socket = connect(address.port, address.host)
    await once(socket, 'connect')
    const closed = once(socket, 'close')
    let said = ''
    let count = 0
    let isLast = false
    function sayNext(): void {
      if (isOver || isLast || count === most) return void socket.end()
      count += 1
      said = `${name}.${count}`
      socket.write(`${said}\n`)
    }
    sayNext()
    for await (const line of createInterface({ input: socket })) {
      if (line === 'bye') {
        isLast = true
        continue
      }
      if (!line.startsWith(`${said} (worker `)) failures.push(`${said} was answered by ${line}`)
      said = ''
      answers += 1
      for (const look of waiting) look()
      sayNext()
    }
    if (said !== '') failures.push(`${said} was not answered`)
    await closed
  }

  const clients = Array.from({ length: 4 }, (_, index) => [
    talkOn(`kept ${index}`, Infinity),
    talkOn(`single ${index}`, 1),
  ]).flat()

  return {
    answered(more) {
      const goal = answers + more
      return new Promise((resolve) => {
        const look = (): void => {
          if (answers < goal) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      })
    },
    async stop() {
      isOver = true
      await Promise.all(clients)
      return failures
    },
  }
}
