/** What is deployed. */
export interface Build {
  /** What every answer says in x-version. */
  readonly version: string
  /** What it keeps in memory from its start on (0). */
  readonly megabytes?: number
  /** Is a server that takes WebSockets too, not a mere listener. */
  readonly sockets?: boolean
  /** How it boots (good): see `bootAs` in app.ts. */
  readonly boot?:
    | 'good'
    | 'slow'
    | 'slow-fail'
    | 'hang'
    | 'exit-after'
    | 'crash-loop'
    | 'fail-in-slot-1'
    | 'ignore-term'
    | 'spawn-orphans'
}

export type Deployed = Build | 'syntax-error'
