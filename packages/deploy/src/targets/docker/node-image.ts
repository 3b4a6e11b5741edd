import { intersects, minVersion, satisfies, validRange } from 'semver'

/** Those with long-term support first. */
const majors = [24, 22, 26]
const oldest = '>=22.18'

/**
 * The image of Node for what `engines` says: the newest of a major version if it may be that, else the oldest that may.
 * Undefined if nunicorn and the app cannot run on the same.
 */
export function nodeImage(engines: string | undefined): string | undefined {
  const range = validRange(engines ?? '*')
  if (range === null || !intersects(range, oldest)) return undefined
  const major = majors.find((one) => satisfies(`${one}.999.0`, range))
  if (major !== undefined) return `node:${major}-slim`
  const exact = range
    .split('||')
    .map((part) => `${part} ${oldest}`)
    .filter((part) => intersects(part, range))
    .flatMap((part) => minVersion(part)?.version ?? [])
    .find((version) => satisfies(version, range))
  return exact === undefined ? undefined : `node:${exact}-slim`
}
