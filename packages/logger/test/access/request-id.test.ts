import { describe, expect, it } from 'vitest'

import { requestIds, trustedPeers } from '../../src/access/request-id.ts'

const made = /^[\da-f]{24}-\d+$/

function idOf(
  given: string | undefined,
  { peer, trusted = ['127.0.0.1', '::1'] }: { peer?: string; trusted?: readonly string[] },
): { readonly id: unknown; readonly raw: readonly string[] } {
  const headers: Record<string, string> = given === undefined ? {} : { 'x-request-id': given }
  const rawHeaders = given === undefined ? ['Host', 'a'] : ['Host', 'a', 'X-Request-ID', given]
  requestIds({ header: 'X-Request-ID', trusted })({ headers, rawHeaders, remoteAddress: peer })
  return { id: headers['x-request-id'], raw: rawHeaders }
}

describe('the id of a request', () => {
  it('is that with which it came, from a peer that is trusted', () => {
    expect(idOf('from-nginx', { peer: '127.0.0.1' }).id).toBe('from-nginx')
    expect(idOf('from-nginx', {}).id).toBe('from-nginx')
  })

  it('is a new one otherwise, and the other one can nowhere be found', () => {
    const { id, raw } = idOf('forged', { peer: '192.0.2.1' })
    expect(id).toMatch(made)
    expect(raw).toEqual(['Host', 'a', 'X-Request-ID', id])
    expect(idOf(undefined, { peer: '127.0.0.1' }).id).toMatch(made)
  })

  it('is another one for each request, and in each process', () => {
    const ids = [requestIds, requestIds].flatMap((make) => {
      const begun = make({ header: 'x', trusted: [] })
      return Array.from({ length: 100 }, () => {
        const headers: Record<string, string> = {}
        begun({ headers, remoteAddress: '192.0.2.1' })
        return headers['x']
      })
    })
    expect(new Set(ids).size).toBe(200)
  })

  it.each(['', 'a b', 'a\x1bb', '"', 'x'.repeat(129), 'one, two'])(
    'is a new one for %j, from whomever',
    (given) => {
      expect(idOf(given, { peer: '127.0.0.1' }).id).toMatch(made)
    },
  )
})

describe('a peer', () => {
  it.each([
    { peer: '127.0.0.1', trusted: ['127.0.0.1'], is: true },
    { peer: '::ffff:127.0.0.1', trusted: ['127.0.0.1'], is: true },
    { peer: '10.1.2.3', trusted: ['10.0.0.0/8'], is: true },
    { peer: '11.1.2.3', trusted: ['10.0.0.0/8'], is: false },
    { peer: 'fd00::1', trusted: ['fd00::/8'], is: true },
    { peer: '::2', trusted: ['::1'], is: false },
    { peer: '192.0.2.1', trusted: ['*'], is: true },
    { peer: '192.0.2.1', trusted: [], is: false },
    { peer: undefined, trusted: [], is: true },
    { peer: 'nonsense', trusted: ['10.0.0.0/8'], is: false },
  ])('$peer is trusted with $trusted: $is', ({ peer, trusted, is }) => {
    const isTrusted = trustedPeers(trusted)
    expect(isTrusted(peer)).toBe(is)
    expect(isTrusted(peer)).toBe(is)
  })
})
