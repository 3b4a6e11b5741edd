/** One way in which a service is hurt, and what it has to survive it with. A, B, C and L are the clients of `clients.ts`. */
export interface Row {
  readonly number: number
  readonly name: string
  /** What is done to it. */
  readonly inject: string
  /** When it has passed. */
  readonly pass: string
  /** No release without it; the short form takes these. */
  readonly release: boolean
}
