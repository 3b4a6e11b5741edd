import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What Node and its loaders look for where people leave the extension out. */
const extensions = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json']

/** What a compiler would have made of a TypeScript file, and people therefore write. */
const compiledFrom: Readonly<Record<string, string>> = {
  '.js': '.ts',
  '.mjs': '.mts',
  '.cjs': '.cts',
}

/** The mend for a module that an app imports and that is not there; undefined where Node's message says it all. */
export function importMend(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  if (error.code !== 'ERR_MODULE_NOT_FOUND' && error.code !== 'MODULE_NOT_FOUND') return undefined
  const missing = /^Cannot find (?:package|module) '([^']+)'/.exec(error.message)?.[1]
  if (missing === undefined) return undefined
  const url = 'url' in error && typeof error.url === 'string' ? error.url : undefined
  if (url?.startsWith('file:')) return fileMend(fileURLToPath(url))
  if (isPackage(missing)) return `Install it: npm install ${packageName(missing)}.`
  return undefined
}

function fileMend(path: string): string | undefined {
  const extension = extname(path)
  const source = compiledFrom[extension]
  if (source !== undefined && existsSync(path.slice(0, -extension.length) + source))
    return `There is a ${source} file of that name: import it as that, because Node does not look for it behind ${extension}; or compile the app first.`
  const found = [...extensions, '/index.ts', '/index.js'].find((end) => existsSync(path + end))
  return found === undefined
    ? undefined
    : `Write the import with ${found} at its end: Node adds nothing to the names of ES modules.`
}

function isPackage(name: string): boolean {
  return /^(?:@[\w.~-]+\/)?[\w~-][\w.~-]*(?:\/|$)/.test(name)
}

/** `@scope/name/sub/path.js` is of `@scope/name`. */
function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
