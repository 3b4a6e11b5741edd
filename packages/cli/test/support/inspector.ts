import { once } from 'node:events'

/** A debugger: one connection to the inspector of a process. */
export interface InspectorClient extends AsyncDisposable {
  send(method: string): void
  /** Resolves with the next event of this name. */
  heard(method: string): Promise<void>
}

export async function connectInspector(url: string): Promise<InspectorClient> {
  const socket = new WebSocket(url)
  const heard = new EventTarget()
  socket.addEventListener('message', ({ data }) => {
    const { method } = JSON.parse(String(data)) as { readonly method?: string }
    if (method !== undefined) heard.dispatchEvent(new Event(method))
  })
  await once(socket, 'open')
  let id = 0
  return {
    send(method) {
      id += 1
      socket.send(JSON.stringify({ id, method }))
    },
    heard: async (method) => void (await once(heard, method)),
    async [Symbol.asyncDispose]() {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}

/** Where a debugger connects to, of an inspector that listens on this port. */
export async function inspectorUrl(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`)
  const [target] = (await answer.json()) as readonly { readonly webSocketDebuggerUrl: string }[]
  return target?.webSocketDebuggerUrl ?? ''
}
