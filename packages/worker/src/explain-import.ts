import { spawnSync } from 'node:child_process'

import { NunicornError, reportError } from '@nunicorn/contract'

/** Turns what `import()` threw into an error that names the file and, for TypeScript that Node cannot strip, the mend. */
export function explainImport(error: unknown, file: string): NunicornError {
  try {
    return explainSyntax(error, file) ?? importFailed(error, file)
  } catch {
    // What was thrown may throw itself when it is looked at: a revoked proxy, an error with getters.
    return importFailed(error, file)
  }
}

function importFailed(error: unknown, file: string): NunicornError {
  return new NunicornError({
    code: 'app-threw',
    message: `The app ${file} failed while it was imported.`,
    cause: error,
  })
}

function explainSyntax(error: unknown, file: string): NunicornError | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return new NunicornError({
      code: 'app-syntax',
      message: `The app ${file} uses TypeScript that cannot run by stripping its types: ${reportError(error).message.split('\n')[0]}.`,
      hint:
        'Replace enums, namespaces and parameter properties by plain JavaScript (tsconfig: "erasableSyntaxOnly"), ' +
        'compile the app first, or load a compiler with --env NODE_OPTIONS=--import=tsx.',
      cause: error,
    })
  }
  if (error instanceof SyntaxError) {
    return new NunicornError({
      code: 'app-syntax',
      message: `The app ${file} has a syntax error.`,
      cause: located(error, file),
    })
  }
  return undefined
}

/**
 * Node keeps the position of a syntax error in an ES module to itself unless nobody catches it (nodejs/node#49441), so
 * the file is checked once more by a process of its own, whose complaint has it.
 */
function located(error: SyntaxError, file: string): Error {
  if (/^\S+:\d+\n/.test(error.stack ?? '')) return error
  const { stderr } = spawnSync(process.execPath, ['--check', file], {
    encoding: 'utf8',
    timeout: 5_000,
  })
  if (!stderr?.includes('SyntaxError')) return error
  const copy = new SyntaxError(error.message)
  copy.stack = stderr.split('\n    at ')[0]?.trim() ?? ''
  return copy
}
