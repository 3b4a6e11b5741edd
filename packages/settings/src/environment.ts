import { valueOfTexts, type Findings, type Given } from './given.ts'
import { kinds } from './kinds/kinds.ts'
import { environmentName } from './names.ts'
import { nearest } from './nearest.ts'
import type { Problem } from './problem.ts'
import { rows, settingNames, type SettingName } from './table.ts'

/** Environment variables; an empty one counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the variables of every setting. Those that others set as well (`PORT`) are read only for a setting that is in
 * `decided` in no other way: what a platform puts there for somebody else is no mistake of the user.
 */
export function readEnvironment(env: Environment, decided: ReadonlySet<SettingName>): Findings {
  const given = settingNames.flatMap((setting) => {
    const own = givenBy(env, { setting, name: environmentName(setting), template: undefined })
    if (own.length > 0 || decided.has(setting)) return own
    const others = Object.entries(rows[setting].environment ?? {})
    return others
      .flatMap(([name, template]) => givenBy(env, { setting, name, template }))
      .slice(0, 1)
  })
  return { given, problems: [], warnings: unknownVariables(env) }
}

interface Variable {
  readonly setting: SettingName
  readonly name: string
  readonly template: string | undefined
}

function givenBy(env: Environment, { setting, name, template }: Variable): Given[] {
  const text = env[name]
  if (text === undefined || text === '') return []
  const written = template === undefined ? text : template.replace(`$${name}`, () => text)
  const { separator } = kinds[rows[setting].type]
  const texts = separator === undefined ? [written] : written.split(separator)
  return [{ setting, value: valueOfTexts(setting, texts), origin: { type: 'environment', name } }]
}

/**
 * Only warnings: a variable may be meant for another version, and Kubernetes sets `NUNICORN_PORT` and the like for a
 * service that is called nunicorn.
 */
function unknownVariables(env: Environment): Problem[] {
  const known = settingNames.map(environmentName)
  return Object.entries(env)
    .filter(([name]) => name.startsWith('NUNICORN_') && !known.includes(name))
    .filter((variable) => !isServiceLink(variable))
    .map(([name, value]) => {
      const meant = nearest(name.slice('NUNICORN_'.length), settingNames)
      return {
        setting: name,
        value,
        origin: { type: 'environment', name },
        message: `Unknown setting '${name}'.`,
        mend:
          meant === undefined
            ? 'It is ignored.'
            : `It is ignored; did you mean ${environmentName(meant)}?`,
      }
    })
}

/** https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables */
function isServiceLink([name, value = '']: readonly [string, string | undefined]): boolean {
  return /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_/.test(name) || /^(tcp|udp|sctp):\/\//.test(value)
}
