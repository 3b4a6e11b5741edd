import { onOneLine } from './on-one-line.ts'
import { formatOrigin, type Origin } from './origin.ts'

/** Something wrong with what the user gave; found all at once, never thrown. */
export interface Problem {
  /** The setting as its source calls it; a name that is no setting where that is the problem. */
  readonly setting: string
  readonly value: unknown
  readonly origin: Origin
  /** What is wrong, naming the value; a sentence. */
  readonly message: string
  /** What to do about it; a sentence. */
  readonly mend: string
}

/** One line for each problem: setting, value, origin, mend. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ setting, origin, message, mend }) =>
      onOneLine(`${setting} (${formatOrigin(origin)}): ${message} ${mend}`),
    )
    .join('\n')
}
