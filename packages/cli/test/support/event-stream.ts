/** What a server sends on and on, and a client reads bit by bit. */
export interface EventStream extends Disposable {
  /** Resolves with the next bit; rejects when the stream has ended. */
  next(): Promise<string>
}

export async function openEventStream(url: string): Promise<EventStream> {
  const leave = new AbortController()
  const { body, status } = await fetch(url, { signal: leave.signal })
  if (body === null || status !== 200) throw new Error(`${url} is no stream, but a ${status}`)
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  return {
    async next() {
      const { value } = await reader.read()
      if (value === undefined) throw new Error(`the stream of ${url} has ended`)
      return value
    },
    [Symbol.dispose]: () => leave.abort(),
  }
}
