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
  /** The stack of the user's own error, or what was thrown instead of one; absent where the message says it all. */
  readonly stack?: string
}

/**
 * Makes any thrown value fit for the trip from a worker to the arbiter.
 *
 * @param options.caller a file or folder whose frames say nothing to the user: what called the user's code
 */
export function reportError(
  error: unknown,
  options: { readonly caller?: string } = {},
): ErrorReport {
  if (isNunicornError(error)) {
    const { code, message, hint, cause } = error
    const stack = cause === undefined ? undefined : describeCause(cause, options)
    return {
      code,
      message: shortened(message),
      ...(hint === undefined ? {} : { hint }),
      ...(stack === undefined ? {} : { stack: shortened(stack) }),
    }
  }
  if (isA(Error, error)) {
    const message = textOf(() => error.message) ?? 'an error without a readable message was thrown'
    const stack = shortened(readableStack(error, options))
    return { code: 'app-threw', message: shortened(message), stack }
  }
  return { code: 'app-threw', message: shortened(describeNoError(error)) }
}

const longest = 16_384
/** A stack begins with its message, and its frames are what somebody looks for. */
const endings = 4_096

/** A text of an error that can be kept, shown and sent: an app may put a whole document into it. */
export function shortened(text: string): string {
  const more = text.length - longest
  if (more <= 0) return text
  return `${text.slice(0, longest - endings)} ... (${more} characters more) ... ${text.slice(-endings)}`
}

function describeCause(cause: unknown, options: { readonly caller?: string }): string {
  return isA(Error, cause) ? readableStack(cause, options) : describeNoError(cause)
}

function describeNoError(value: unknown): string {
  return `a value that is no Error was thrown: ${textOf(() => value) ?? 'it cannot be shown'}`
}

function readableStack(error: Error, { caller }: { readonly caller?: string }): string {
  const stack = textOf(() => error.stack)
  const lines = (stack ?? textOf(() => `${error.name}: ${error.message}`) ?? 'Error').split('\n')
  const isNoise = (line: string): boolean =>
    /^\s+at /.test(line) &&
    (line.includes('node:internal/') || (caller !== undefined && line.includes(caller)))
  return lines.filter((line) => !isNoise(line)).join('\n')
}

/** What code throws may be anything: a revoked proxy, an error whose getters throw. Asking it must not throw again. */
function isA<Class>(constructor: new (...args: never[]) => Class, value: unknown): value is Class {
  try {
    return value instanceof constructor
  } catch {
    return false
  }
}

/**
 * Also of another copy of this package, which `instanceof` does not know: one is compiled into the command and one into a
 * worker's side, and a command that is installed globally meets classes that the project has.
 */
export function isNunicornError(error: unknown): error is NunicornError {
  if (isA(NunicornError, error)) return true
  try {
    return (
      isA(Error, error) &&
      error.name === 'NunicornError' &&
      'code' in error &&
      typeof error.code === 'string' &&
      (!('hint' in error) || error.hint === undefined || typeof error.hint === 'string')
    )
  } catch {
    return false
  }
}

/** As {@link isA}; `message` and `stack` may have been made something else than a text. */
function textOf(read: () => unknown): string | undefined {
  try {
    return String(read())
  } catch {
    return undefined
  }
}
