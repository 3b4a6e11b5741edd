import { createRequire } from 'node:module'
import { resolve } from 'node:path'

import { NunicornError, type ProgramClass } from '@nunicorn/contract'

import { importClass, packageOf, type SearchPlaces } from './resolve-class.ts'

/**
 * Finds the class of that name if it is one that runs programs, by the file that only these have: `program` in the package
 * or the folder. Undefined if it is another class, or is not there.
 *
 * @throws NunicornError `bad-class`
 */
export async function resolveProgramClass(
  name: string,
  { directory, command }: SearchPlaces,
): Promise<ProgramClass | undefined> {
  const isPath = name.startsWith('.') || name.startsWith('/')
  const candidates = isPath ? [resolve(directory, name)] : [packageOf(name), name]
  const requires = [createRequire(resolve(directory, 'package.json')), createRequire(command)]
  for (const candidate of candidates) {
    for (const require of requires) {
      const file = find(require, `${candidate}/program`)
      if (file !== undefined) return await importProgramClass({ name, file })
    }
  }
  return undefined
}

async function importProgramClass(found: {
  readonly name: string
  readonly file: string
}): Promise<ProgramClass> {
  const programClass = await importClass(found)
  if ('program' in programClass) return programClass
  throw new NunicornError({
    code: 'bad-class',
    message: `The worker class ${JSON.stringify(found.name)} (${found.file}) has no program().`,
    hint: 'A module with the name "program" must have a default export that implements ProgramClass of @nunicorn/contract.',
  })
}

/** A package that does not export it is one of another kind. */
function find(require: NodeJS.Require, specifier: string): string | undefined {
  try {
    return require.resolve(specifier)
  } catch {
    return undefined
  }
}
