/** What {@link NunicornError} is made of. */
export interface ErrorDetails {
  /** Stable, kebab-case, for programs: `address-in-use`. */
  readonly code: string
  /** One sentence that names the thing that is wrong. */
  readonly message: string
  /** The mend: what the reader can do about it. */
  readonly hint?: string
  readonly cause?: unknown
}

/** Every error that nunicorn's packages throw on purpose. Libraries throw it; only the command prints it and exits. */
export class NunicornError extends Error {
  override readonly name: string = 'NunicornError'
  readonly code: string
  readonly hint: string | undefined

  constructor({ code, message, hint, cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.hint = hint
  }
}

/** An error as it crosses a process boundary. */
export interface ErrorReport {
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** The stack of the user's own error; absent where the message says it all. */
  readonly stack?: string
}

/**
 * Makes any thrown value fit for the trip from a worker to the arbiter.
 *
 * @param options.caller a file whose frames say nothing to the user: the one that called the user's code
 */
export function reportError(
  error: unknown,
  options: { readonly caller?: string } = {},
): ErrorReport {
  if (error instanceof NunicornError) {
    const stack = error.cause instanceof Error ? readableStack(error.cause, options) : undefined
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(stack === undefined ? {} : { stack }),
    }
  }
  if (error instanceof Error) {
    return { code: 'app-threw', message: error.message, stack: readableStack(error, options) }
  }
  return { code: 'app-threw', message: `a value that is no Error was thrown: ${String(error)}` }
}

function readableStack(error: Error, { caller }: { readonly caller?: string }): string {
  const lines = (error.stack ?? `${error.name}: ${error.message}`).split('\n')
  const isNoise = (line: string): boolean =>
    /^\s+at /.test(line) &&
    (line.includes('node:internal/') || (caller !== undefined && line.includes(caller)))
  return lines.filter((line) => !isNoise(line)).join('\n')
}
