/** What is deployed. */
export interface Build {
  /** What every answer says in x-version. */
  readonly version: string
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
