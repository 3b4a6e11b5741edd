import { NunicornError } from '@nunicorn/contract'
import { describeProblems, type Resolved } from '@nunicorn/settings'

import { overviewText, targetHelpText } from './help.ts'
import { splitArguments } from './split-arguments.ts'
import type { DeployFile, Place, Target } from './target.ts'
import { targets as allTargets } from './targets.ts'
import { writeFiles } from './write-files.ts'

export interface DeployOptions {
  /** What stands after `nunicorn deploy`. */
  readonly argv: readonly string[]
  /** Reads all sources of settings, with these arguments for the command line. */
  readonly loadSettings: (argv: readonly string[]) => Promise<Resolved>
  readonly place: Omit<Place, 'options'>
  readonly targets?: readonly Target[]
}

/**
 * `nunicorn deploy [TARGET] [APP] [SETTINGS] [--output DIR]`.
 *
 * @returns what is to be printed: the targets, the files, or where they have been written.
 * @throws NunicornError `bad-usage`, `contradictions` with all of them, `file-exists`; those of `loadSettings`
 */
export async function deploy({
  argv: [name, ...rest],
  loadSettings,
  place,
  targets = allTargets,
}: DeployOptions): Promise<string> {
  if (name === undefined || name === '--help' || name === '-h') return overviewText(targets)
  const target = targets.find((one) => one.name === name)
  if (target === undefined) throw unknownTarget(name, targets)
  const { options, output, force, help, settings } = splitArguments(rest, target.options)
  if (help) return targetHelpText(target)
  const resolved = await loadSettings(settings)
  const files = filesFor(target, resolved, {
    ...place,
    options: { ...foundBy(target), ...options },
  })
  return output === undefined ? printed(files) : await writeFiles(files, { output, force })
}

function filesFor(target: Target, resolved: Resolved, place: Place): readonly DeployFile[] {
  const problems = target.contradictions(resolved, place)
  if (problems.length === 0) return target.render(resolved, place)
  throw new NunicornError({
    code: 'contradictions',
    message: `This cannot be deployed with ${target.name} as it is:\n${describeProblems(problems)}`,
  })
}

function foundBy({ options }: Target): Readonly<Record<string, string>> {
  const found = options.flatMap(({ name, find }) => {
    const value = find?.()
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(found)
}

/** One after the other, each under its name. */
function printed(files: readonly DeployFile[]): string {
  return files.map(({ path, text }) => `# ==== ${path}\n${text}`).join('\n')
}

function unknownTarget(name: string, targets: readonly Target[]): NunicornError {
  return new NunicornError({
    code: 'bad-usage',
    message: `nunicorn deploy does not know ${JSON.stringify(name)}.`,
    hint: `It knows ${targets.map((target) => target.name).join(', ')}; an app of the name deploy is ./deploy.`,
  })
}
