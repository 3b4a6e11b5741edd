/** Lines as they come, and a way to wait for one. */
export interface EventLog {
  readonly lines: readonly string[]
  add(line: string): void
  /**
   * Resolves with the `count`-th line (1) from index `from` on that matches.
   *
   * @throws Error with the last lines, if it does not come within `withinMs` (20 s)
   */
  waitFor(
    pattern: RegExp,
    options?: { readonly count?: number; readonly from?: number; readonly withinMs?: number },
  ): Promise<RegExpExecArray>
}

export function createEventLog(): EventLog {
  const lines: string[] = []
  const watchers = new Set<() => void>()
  return {
    lines,
    add(line) {
      lines.push(line)
      for (const look of watchers) look()
    },
    waitFor(pattern, { count = 1, from = 0, withinMs = 20_000 } = {}) {
      return new Promise((resolve, reject) => {
        let seen = 0
        let at = from
        const timer = setTimeout(() => {
          watchers.delete(look)
          const last = lines.slice(-12).join('\n')
          reject(
            new Error(`no line ${pattern} (${count}) within ${withinMs} ms; the last:\n${last}`),
          )
        }, withinMs)
        function look(): void {
          for (; at < lines.length; at += 1) {
            const found = pattern.exec(lines[at] ?? '')
            if (found === null || (seen += 1) < count) continue
            clearTimeout(timer)
            watchers.delete(look)
            resolve(found)
            return
          }
        }
        watchers.add(look)
        look()
      })
    },
  }
}
