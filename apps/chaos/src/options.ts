import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { scenarios } from './scenarios.ts'
import { systems } from './systems.ts'
import type { System } from './system.ts'

export interface Options {
  readonly short: boolean
  /** Row numbers; undefined for all, in the short form for those that a release needs. */
  readonly only: readonly number[] | undefined
  readonly systems: readonly System[]
  /** How long to soak, instead of the scenarios. */
  readonly soakMs: number | undefined
  /** Where the results go; undefined for nowhere. */
  readonly results: string | undefined
}

export const usage = `npx pnpm chaos [--short] [--only 26,27] [--systems nunicorn,pm2] [--soak 1h] [--results FOLDER]
--short takes less than five minutes: nunicorn alone, what a release must survive, once each, and writes no results.`

/** @throws Error that says what is wrong with the arguments */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: args.filter((argument) => argument !== '--'),
    options: {
      short: { type: 'boolean', default: false },
      only: { type: 'string' },
      systems: { type: 'string' },
      soak: { type: 'string' },
      results: { type: 'string' },
    },
  })
  const { short, only, soak } = values
  const folder = values.results ?? (short ? undefined : defaultFolder)
  return {
    short,
    only: only === undefined ? undefined : only.split(',').map(rowOf),
    systems: (values.systems ?? (short ? 'nunicorn' : namesOf(systems))).split(',').map(systemOf),
    soakMs: soak === undefined ? undefined : durationOf(soak),
    results: folder === undefined ? undefined : resolve(folder),
  }
}

const defaultFolder = resolve(import.meta.dirname, '../results')

function rowOf(text: string): number {
  const row = Number(text)
  if (!scenarios.some((scenario) => scenario.row === row))
    throw new Error(`--only: there is no scenario for row ${text}`)
  return row
}

/** `pm2`, `node:cluster`, `so_reuseport`: part of its name does. */
function systemOf(text: string): System {
  const found = systems.find(({ name }) => name.toLowerCase().includes(text.trim().toLowerCase()))
  if (!found) throw new Error(`--systems: ${text} is none of ${namesOf(systems)}`)
  return found
}

function namesOf(all: readonly System[]): string {
  return all.map(({ name }) => name).join(',')
}

function durationOf(text: string): number {
  const [, count, unit] = /^(\d+)(s|m|h)$/.exec(text) ?? []
  if (count === undefined) throw new Error(`--soak: ${text} is no time such as 90s, 10m or 1h`)
  return Number(count) * { s: 1_000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h']
}
