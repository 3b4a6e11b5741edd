import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface Options {
  /** The suites to run, by name; undefined for all. */
  readonly only: readonly string[] | undefined
  readonly rounds: number
  /** How long each load lasts. */
  readonly seconds: number
  readonly idleMs: number
  /** Takes every sample once only. */
  readonly quick: boolean
  /** Leaves out the contenders that have to be installed. */
  readonly withoutPeers: boolean
  readonly client: 'wrk' | 'own' | 'any'
  /** Where the results go; undefined for nowhere. */
  readonly results: string | undefined
}

export const usage = `npx pnpm bench [--only SUITE,...] [--rounds 5] [--seconds 1] [--client wrk|own] [--results FOLDER] [--quick] [--without-peers]
--only replaces the results of these suites and leaves the others as they are.
--quick only shows that everything runs: its figures mean nothing, and it writes results only where --results says.
--without-peers leaves out those that have to be installed.`

/** @throws Error that says what is wrong with the arguments */
export function parseOptions(args: readonly string[], suites: readonly string[]): Options {
  const { values } = parseArgs({
    args: args.filter((argument) => argument !== '--'),
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      client: { type: 'string' },
      results: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'without-peers': { type: 'boolean', default: false },
    },
  })
  const { quick, only } = values
  return {
    quick,
    only: only === undefined ? undefined : suitesOf(only, suites),
    rounds: positive('rounds', values.rounds ?? (quick ? '1' : '5')),
    seconds: positive('seconds', values.seconds ?? (quick ? '0.1' : '1')),
    idleMs: quick ? 500 : 10_000,
    withoutPeers: values['without-peers'],
    client: clientOf(values.client ?? (quick ? 'own' : 'any')),
    results:
      values.results === undefined ? (quick ? undefined : ownFolder) : resolve(values.results),
  }
}

const ownFolder = resolve(import.meta.dirname, '../results')

function suitesOf(text: string, known: readonly string[]): readonly string[] {
  const wanted = text.split(',')
  const unknown = wanted.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new Error(`there is no suite ${unknown}: there are ${known.join(', ')}`)
  return wanted
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${name} must be a positive number, not ${text}`)
  return value
}

function clientOf(text: string): Options['client'] {
  if (text !== 'wrk' && text !== 'own' && text !== 'any')
    throw new Error(`--client must be wrk or own, not ${text}`)
  return text
}
