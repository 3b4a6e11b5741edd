import { spawnSync } from 'node:child_process'

import { NunicornError, reportError } from '@nunicorn/contract'

import { importMend } from './import-mend.ts'

/** Turns what `import()` threw into an error that names the file and, for TypeScript that Node cannot strip, the mend. */
export function explainImport(error: unknown, file: string): NunicornError {
  try {
    return explainSyntax(error, file) ?? importFailed(error, { file, mend: importMend(error) })
  } catch {
    // What was thrown may throw itself when it is looked at: a revoked proxy, an error with getters.
    return importFailed(error, { file })
  }
}

function importFailed(
  error: unknown,
  { file, mend }: { readonly file: string; readonly mend?: string | undefined },
): NunicornError {
  return new NunicornError({
    code: 'app-threw',
    message: `The app ${file} failed while it was imported.`,
    ...(mend === undefined ? {} : { hint: mend }),
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
    const name = /does not provide an export named '([^']+)'/.exec(error.message)?.[1]
    if (name !== undefined) return nameMissing(error, { file, name })
    return new NunicornError({
      code: 'app-syntax',
      message: `The app ${file} has a syntax error.`,
      cause: located(error, file),
    })
  }
  return undefined
}

/** To Node that is a syntax error too, but nothing is wrong with how it is written. */
function nameMissing(
  error: SyntaxError,
  { file, name }: { readonly file: string; readonly name: string },
): NunicornError {
  return new NunicornError({
    code: 'app-syntax',
    message: `The app ${file} imports something that is not there.`,
    hint:
      name === 'default'
        ? 'The module has no default export: import what it exports by name, or as `* as`.'
        : `If ${name} is a type, write \`import type\`; if the module is CommonJS, import its default export and take ${name} from that.`,
    cause: error,
  })
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
