import { type Facts, lostOf } from './facts.ts'

/** One criterion, and whether it was met. */
export interface Check {
  readonly what: string
  readonly passed: boolean
  /** What was seen instead. */
  readonly detail: string
}

export function check(what: string, passed: boolean, detail: unknown = ''): Check {
  return { what, passed, detail: passed ? '' : String(detail) }
}

export function atMost(what: string, value: number, limit: number): Check {
  return check(`${what} at most ${limit}`, value <= limit, round(value))
}

export function atLeast(what: string, value: number, limit: number): Check {
  return check(`${what} at least ${limit}`, value >= limit, round(value))
}

export function equal<Value>(what: string, value: Value, wanted: Value): Check {
  const [seen, text] = [JSON.stringify(value), JSON.stringify(wanted)]
  return check(`${what} is ${text}`, seen === text, seen)
}

/** No request failed but those that a killed process held. */
export function nothingLost(facts: Facts): Check {
  return check(
    'nothing is lost but what a killed process held',
    lostOf(facts) === 0,
    `${lostOf(facts)} of ${facts.requests} lost: ${facts.examples.join('; ')}`,
  )
}

export function nothingRefused({ refused, requests }: Facts): Check {
  return check('nobody is refused', refused === 0, `${refused} of ${requests}`)
}

export function recovers({ recovered }: Facts): Check {
  return check('all workers answer again', recovered, 'they do not')
}

export function stallAtMost({ longestStallMs }: Facts, limitMs: number): Check {
  return atMost('the longest stall, in ms,', longestStallMs, limitMs)
}

/** Systems without a log that we can read are not asked. */
export function says({ log }: Facts, pattern: RegExp): readonly Check[] {
  if (log === undefined) return []
  const found = log.some((line) => pattern.test(line))
  return [check(`the log says ${pattern.source}`, found, `it says:\n${log.slice(-15).join('\n')}`)]
}

/** The three that nearly every scenario asks for. */
export function unharmed(facts: Facts): readonly Check[] {
  return [nothingLost(facts), nothingRefused(facts), recovers(facts)]
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
