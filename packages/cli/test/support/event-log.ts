/** Lines as they come, and a way to wait for one: nothing in a test sleeps. */
export interface EventLog {
  readonly lines: readonly string[]
  add(line: string): void
  /**
   * Resolves with the match of the `count`-th line (1 unless given) that matches, among those from index `from` on.
   * Rejects, with the whole log, if it does not come within `withinMs` (20 s).
   */
  waitFor(
    pattern: RegExp,
    options?: { readonly count?: number; readonly from?: number; readonly withinMs?: number },
  ): Promise<RegExpExecArray>
}

export function createEventLog(): EventLog {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  return {
    lines,
    add(line) {
      lines.push(line)
      for (const look of waiting) look()
    },
    waitFor(pattern, { count = 1, from = 0, withinMs = 20_000 } = {}) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look)
          reject(
            new Error(
              `no line ${pattern} (${count}) within ${withinMs} ms in:\n${lines.join('\n')}`,
            ),
          )
        }, withinMs)
        function look(): void {
          const found = lines
            .slice(from)
            .map((line) => pattern.exec(line))
            .filter((result) => result !== null)[count - 1]
          if (found === undefined) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      })
    },
  }
}
