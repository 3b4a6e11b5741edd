import type { ClientSpec } from '../clients.ts'
import type { LoadRequest } from '../request.ts'
import type { Target } from '../target.ts'

/** What is done to the server. */
export interface Action {
  /** A shell runs the command; or the process whose pid it is, or prints, is killed. */
  readonly type: 'do' | 'kill'
  readonly command: string
}

/** What the command line asks for. */
export interface Plan {
  /** For people. */
  readonly url: string
  /** The host may still be a name. */
  readonly target: Target
  readonly ownsHost: boolean
  readonly clients: readonly ClientSpec[]
  /** How the clients were written. */
  readonly clientList: string
  readonly request: LoadRequest
  readonly durationMs: number
  readonly timeoutMs: number
  /** Take turns. */
  readonly actions: readonly Action[]
  readonly everyMs: number
  /** Where the JSON goes: a file, or `-`. */
  readonly json: string | undefined
}

/** All that is wrong with a command line, each with its mend. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}
