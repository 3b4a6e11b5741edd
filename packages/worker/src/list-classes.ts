import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { isNunicornError, reportError } from '@nunicorn/contract'

export { classAlias } from './class-alias.ts'
export { resolveProgramClass } from './program-class.ts'

import { knownClasses } from './known-classes.ts'
import { importClass, locateClass, packageOf, type SearchPlaces } from './resolve-class.ts'

/** One of nunicorn's own worker classes, as it is found from an app's project. */
export interface ListedClass {
  /** What `-k` calls it. */
  readonly name: string
  readonly package: string
  readonly takes: string
  /** Undefined if it is not installed. */
  readonly version?: string
  /** Why it cannot be used although it is installed. */
  readonly fault?: string
}

/** Every class that nunicorn has, installed or not. */
export async function listClasses(from: SearchPlaces): Promise<readonly ListedClass[]> {
  return await Promise.all(
    knownClasses.map(async ({ name, app }) => {
      const common = { name, package: packageOf(name), takes: app }
      return { ...common, ...(await inspect(name, from)) }
    }),
  )
}

async function inspect(name: string, from: SearchPlaces): Promise<Partial<ListedClass>> {
  let version = 'unknown'
  try {
    const file = locateClass(name, from)
    if (file === undefined) return {}
    version = versionOf(file)
    const { takes } = await importClass({ name, file })
    return { version, ...(takes && { takes }) }
  } catch (error) {
    return { version, fault: faultOf(error) }
  }
}

/** Of the package that a file is in. */
function versionOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const manifest = readFileSync(join(folder, 'package.json'), 'utf8')
      return (JSON.parse(manifest) as { version?: string }).version ?? 'unknown'
    } catch {
      // Not here: further up.
    }
  }
  return 'unknown'
}

function faultOf(error: unknown): string {
  const { message } = reportError(error)
  if (!isNunicornError(error) || error.cause === undefined) return message
  return `${message} ${reportError(error.cause).message.split('\n')[0]}`
}
