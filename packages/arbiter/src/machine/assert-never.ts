/** Ends a switch over a closed set: a member that was forgotten is a compile error. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`)
}
