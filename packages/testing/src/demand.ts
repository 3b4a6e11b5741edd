/** Puts the demand that was not met in front of what went wrong. */
export async function demand<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new Error(`${what}, but: ${String(cause)}`, { cause })
  }
}

/** For work that has to fail: resolves with the error. */
export async function demandFailure(what: string, work: Promise<unknown>): Promise<unknown> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  if (failure) return failure.error
  throw new Error(`${what}, but it succeeded`)
}
