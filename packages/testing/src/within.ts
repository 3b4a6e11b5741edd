/** Far more than anything here takes on a busy machine, and less than the timeout of a case. */
const patienceMs = 15_000

/** Resolves as `work` does; so that a case that waits in vain says what for. */
export async function within<T>(work: Promise<T>, what: string): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new Error(`waited ${patienceMs / 1000} s in vain for ${what}`)),
    patienceMs,
  )
  try {
    return await Promise.race([work, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
