import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface Options {
  readonly rounds: number
  /** How long each load lasts. */
  readonly seconds: number
  readonly idleMs: number
  /** Takes every sample once only. */
  readonly quick: boolean
  readonly client: 'wrk' | 'own' | 'any'
  /** Where the results go; undefined for nowhere. */
  readonly results: string | undefined
}

export const usage = `npx pnpm bench [--rounds 5] [--seconds 1] [--client wrk|own] [--results FOLDER] [--quick]
--quick only shows that everything runs: its figures mean nothing, and it writes results only where --results says.`

/** @throws Error that says what is wrong with the arguments */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: args.filter((argument) => argument !== '--'),
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      client: { type: 'string' },
      results: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  })
  const { quick } = values
  return {
    quick,
    rounds: positive('rounds', values.rounds ?? (quick ? '1' : '5')),
    seconds: positive('seconds', values.seconds ?? (quick ? '0.1' : '1')),
    idleMs: quick ? 500 : 10_000,
    client: clientOf(values.client ?? (quick ? 'own' : 'any')),
    results:
      values.results === undefined ? (quick ? undefined : ownFolder) : resolve(values.results),
  }
}

const ownFolder = resolve(import.meta.dirname, '../results')

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
