/** A deadline that can only come nearer. */
export interface Deadline {
  readonly signal: AbortSignal
  in(ms: number): void
}

export function createDeadline(): Deadline {
  const controller = new AbortController()
  let at = Number.POSITIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  return {
    signal: controller.signal,
    in(ms) {
      if (performance.now() + ms >= at) return
      at = performance.now() + ms
      clearTimeout(timer)
      timer = setTimeout(() => controller.abort(), ms)
    },
  }
}
