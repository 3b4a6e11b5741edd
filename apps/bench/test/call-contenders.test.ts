import { describe, expect, it } from 'vitest'

import { callContenders } from '../src/call-contenders.ts'
import { type Contender, entrant } from '../src/contender.ts'
import type { Suite } from '../src/suite.ts'

const signal = new AbortController().signal
const call = { withoutPeers: false, signal, onProgress: () => {} }

describe('calling the contenders', () => {
  it('gets each one once, whatever number of suites needs it', async () => {
    let times = 0
    const peer = contender('peer', async () => void (times += 1))
    const { absent } = await callContenders([suiteOf(peer), suiteOf(peer)], call)
    expect(absent).toEqual([])
    expect(times).toBe(1)
  })

  it('goes on without those who cannot be had, and says why', async () => {
    const peer = contender('peer', () => Promise.reject(new Error('no network')))
    const suite = suiteOf(contender('own'), peer)
    const { absent, present } = await callContenders([suite, suiteOf(peer)], call)
    expect(absent).toEqual([{ contender: 'peer', reason: 'no network' }])
    const left = present(suite.groups).map(({ entrants }) => entrants.map(({ name }) => name))
    expect(left).toEqual([['own -w 2']])
    expect(present(suiteOf(peer).groups)).toEqual([])
  })

  it('installs nothing when it is to leave out those that would have to be', async () => {
    const peer = contender('peer', () => Promise.reject(new Error('it was called')))
    const { absent } = await callContenders([suiteOf(peer)], { ...call, withoutPeers: true })
    expect(absent).toEqual([{ contender: 'peer', reason: 'left out by --without-peers' }])
  })
})

function contender(name: string, obtain?: Contender['obtain']): Contender {
  return {
    name,
    supervisor: 'process',
    language: 'JavaScript',
    launch: () => ({ command: ['true'] }),
    ...(obtain && { obtain }),
  }
}

function suiteOf(...contenders: readonly Contender[]): Suite {
  const entrants = contenders.map((one) => entrant(one, 2))
  return { name: 'some', title: '', groups: [{ entrants }], measurements: [] }
}
