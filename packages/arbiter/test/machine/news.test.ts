import { describe, expect, it } from 'vitest'

import { isNews, kindOf, withSaid } from '../../src/machine/news.ts'

function exit(message: string): string {
  return kindOf({ type: 'exit', code: 1, error: { code: 'app-threw', message } })
}

describe('the kind of a death', () => {
  it('is the same whatever number, time or identifier its error holds', () => {
    expect(exit('job 81 of 6f9a-77e2 failed after 3.2s')).toBe(
      exit('job 9 of 11e0-0c3d failed after 12.9s'),
    )
  })

  it('is another for another error, code, signal or verdict', () => {
    const kinds = [
      exit('no database'),
      exit('no queue'),
      kindOf({ type: 'exit', code: 1 }),
      kindOf({ type: 'exit', code: 2 }),
      kindOf({ type: 'signal', signal: 'SIGSEGV' }),
      kindOf({ type: 'signal', signal: 'SIGBUS' }),
      kindOf({ type: 'hang', diagnosis: { verdict: 'spinning' } }),
      kindOf({ type: 'hang', diagnosis: { verdict: 'blocked' } }),
      kindOf({ type: 'boot-timeout', diagnosis: { verdict: 'blocked' } }),
      kindOf({ type: 'out-of-memory' }),
    ]
    expect(new Set(kinds).size).toBe(kinds.length)
  })
})

describe('the news of a slot', () => {
  it('end with the eighth kind', () => {
    const kinds = Array.from({ length: 20 }, (_, index) => `exit ${index}`)
    let said: readonly string[] = []
    const news = kinds.filter((kind) => {
      const slots = { 1: { failures: 1, lastDead: 1, notBefore: 0, charged: false, said } }
      const isNew = isNews({ slots, target: 1 }, { slot: 1, kind })
      said = withSaid(said, kind)
      return isNew
    })
    expect(news).toEqual(kinds.slice(0, 8))
  })
})
