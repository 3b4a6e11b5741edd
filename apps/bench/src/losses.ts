import { nunicorn } from './contenders/nunicorn.ts'
import type { Figure } from './results.ts'
import { pairwise } from './statistics.ts'

/** A figure in which others with as many workers are better than nunicorn. */
export interface Loss {
  readonly figure: Figure
  readonly entrant: string
  readonly against: readonly string[]
}

/** Less than that is noise. */
const noise = 0.02

export function losses(figures: readonly Figure[]): readonly Loss[] {
  return figures.flatMap((figure) => {
    const entrants = Object.keys(figure.samples)
    return entrants.filter(isOurs).flatMap((entrant) => {
      const against = entrants.filter(
        (other) => isComparable(entrant, other) && isWorse(figure, [entrant, other]),
      )
      return against.length === 0 ? [] : [{ figure, entrant, against }]
    })
  })
}

export function isOurs(entrant: string): boolean {
  return entrant === nunicorn.name || entrant.startsWith(`${nunicorn.name} `)
}

/** With as many workers; one process without a supervisor counts as one worker. */
export function isComparable(entrant: string, other: string): boolean {
  return !isOurs(other) && workersOf(entrant) === workersOf(other)
}

function workersOf(entrant: string): string {
  return / -w (\d+)$/.exec(entrant)?.[1] ?? '1'
}

function isWorse(
  { samples, better }: Figure,
  [entrant, other]: readonly [string, string],
): boolean {
  const ratio = pairwise('ratio', [samples[entrant], samples[other]]) ?? 1
  return better === 'higher' ? ratio < 1 - noise : ratio > 1 + noise
}
