import { expect, it } from 'vitest'

import { isTrustedHost } from '../src/trusted-host.ts'

const place = {
  address: { type: 'tcp', host: 'admin.internal', port: 9000 },
  hostname: 'Web-1',
} as const

it.for([
  '127.0.0.1',
  '10.2.3.4:9000',
  '[::1]:9000',
  'localhost:80',
  'LOCALHOST',
  'shop.localhost',
  'admin.internal:9000',
  'web-1',
  undefined,
])('%s cannot be rebound by a stranger', (host) => {
  expect(isTrustedHost(host, place)).toBe(true)
})

it.for([
  '',
  'evil.example',
  'evil.example:9000',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  'notlocalhost',
  '127.0.0.1:80:80',
  '[::1].evil.example',
  'x@localhost',
])('%s may be a stranger', (host) => {
  expect(isTrustedHost(host, place)).toBe(false)
})

it('a Unix socket is out of reach for browsers', () => {
  const address = { type: 'unix', path: '/run/a.sock' } as const
  expect(isTrustedHost('evil.example', { address, hostname: 'x' })).toBe(true)
})
