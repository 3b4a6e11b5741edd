import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { type Gate, gate, type Load, room } from '../src/gate.ts'

const plenty = { used: 30, limit: 1_048_576 }
const unlimited = { used: 500, limit: Infinity }

const holding = fc.record({
  used: fc.nat(2_000),
  limit: fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.constant(Infinity)),
})
const load: fc.Arbitrary<Load> = fc.record({ connections: holding, descriptors: holding })
const states = fc.constantFrom<Gate>('open', 'closed')

describe('gate', () => {
  it.each<{ what: string; load: Load; open: Gate; closed: Gate }>([
    {
      what: 'without any limit',
      load: { connections: unlimited, descriptors: unlimited },
      open: 'open',
      closed: 'open',
    },
    {
      what: 'at worker-connections',
      load: { connections: { used: 100, limit: 100 }, descriptors: plenty },
      open: 'closed',
      closed: 'closed',
    },
    {
      what: 'just below worker-connections',
      load: { connections: { used: 97, limit: 100 }, descriptors: plenty },
      open: 'open',
      closed: 'closed',
    },
    {
      what: 'well below worker-connections',
      load: { connections: { used: 94, limit: 100 }, descriptors: plenty },
      open: 'open',
      closed: 'open',
    },
    {
      what: 'with eight of 60 descriptors left',
      load: { connections: unlimited, descriptors: { used: 52, limit: 60 } },
      open: 'closed',
      closed: 'closed',
    },
    {
      what: 'with nine of 60 descriptors left',
      load: { connections: unlimited, descriptors: { used: 51, limit: 60 } },
      open: 'open',
      closed: 'closed',
    },
    {
      what: 'with few descriptors left, and no connection that could give one back',
      load: { connections: { used: 0, limit: 10 }, descriptors: { used: 58, limit: 60 } },
      open: 'open',
      closed: 'open',
    },
    {
      what: 'without a descriptor left',
      load: { connections: { used: 0, limit: 10 }, descriptors: { used: 60, limit: 60 } },
      open: 'closed',
      closed: 'closed',
    },
  ])(
    '$what: one that is open is $open then, one that is closed $closed',
    ({ load, open, closed }) => {
      expect([gate('open', load), gate('closed', load)]).toEqual([open, closed])
    },
  )

  it('stays as it is until something changes', () => {
    fc.assert(
      fc.property(states, load, (state, load) => {
        const next = gate(state, load)
        expect(gate(next, load)).toBe(next)
      }),
    )
  })

  it('opens once all connections have gone, while any descriptor is free', () => {
    fc.assert(
      fc.property(load, ({ connections, descriptors }) => {
        fc.pre(descriptors.used < descriptors.limit)
        expect(gate('closed', { connections: { ...connections, used: 0 }, descriptors })).toBe(
          'open',
        )
      }),
    )
  })
})

describe('room', () => {
  it('is never more than there is: by then the gate closes', () => {
    fc.assert(
      fc.property(load, (load) => {
        const { connections, descriptors } = load
        fc.pre(gate('open', load) === 'open' && connections.used > 0)
        const more = room(load)
        expect(more).toBeGreaterThan(0)
        fc.pre(Number.isFinite(more))
        const later: Load = {
          connections: { ...connections, used: connections.used + more },
          descriptors: { ...descriptors, used: descriptors.used + more },
        }
        expect(gate('open', later)).toBe('closed')
        expect(later.descriptors.used).toBeLessThan(later.descriptors.limit)
      }),
    )
  })
})
