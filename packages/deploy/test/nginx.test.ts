import type { Resolved } from '@nunicorn/settings'
import { describe, expect, it } from 'vitest'

import { type Place, targets } from '../src/index.ts'
import { placeOf, settingsOf } from './resolved.ts'

const nginx = targets.find(({ name }) => name === 'nginx')

function siteOf(resolved: Resolved, place: Place = placeOf()): string {
  expect(nginx?.contradictions(resolved, place)).toEqual([])
  return nginx?.render(resolved, place)[0]?.text ?? ''
}

function problemsOf(resolved: Resolved, place: Place = placeOf()): readonly string[] {
  return (nginx?.contradictions(resolved, place) ?? []).map(({ setting }) => setting)
}

describe('the site of nginx', () => {
  it('is named after the app, and says which settings it comes from', () => {
    const [file] = nginx?.render(settingsOf('-n', 'my shop', '--keep-alive', '9s'), placeOf()) ?? []
    expect(file?.path).toBe('my_shop.conf')
    expect(file?.text).toContain('#   --keep-alive = 9s (flag --keep-alive)')
    expect(file?.text).toContain('#   --bind = ')
  })

  it('has no variable that begins with a digit, which would be a capture', () => {
    const [file] = nginx?.render(settingsOf('-n', '3d-shop'), placeOf()) ?? []
    expect(file?.text).toContain('$app_3d_shop_connection')
    expect(file?.text).not.toMatch(/\$\d/)
  })

  it.each([
    [['-b', '0.0.0.0:9000'], 'server 127.0.0.1:9000 max_fails=0;'],
    [['-b', '[::]:9000'], 'server [::1]:9000 max_fails=0;'],
    [['-b', 'unix:/run/shop.sock'], 'server unix:/run/shop.sock max_fails=0;'],
  ])('reaches %j at %s', (args, server) => {
    expect(siteOf(settingsOf(...args))).toContain(server)
  })

  it('leaves one of several instances alone for a moment when it fails', () => {
    const place = placeOf({ upstream: '10.0.0.1:8000, unix:/run/b.sock' })
    const site = siteOf(settingsOf(), place)
    expect(site).toContain('server 10.0.0.1:8000 max_fails=1 fail_timeout=1s;')
    expect(site).toContain('server unix:/run/b.sock max_fails=1 fail_timeout=1s;')
  })

  it.each([
    ['5s', '4000ms'],
    ['1s', '500ms'],
  ])(
    'gives up idle connections before nunicorn does: with a keep-alive of %s after %s',
    (keepAlive, idle) => {
      expect(siteOf(settingsOf('--keep-alive', keepAlive))).toContain(`keepalive_timeout ${idle};`)
    },
  )

  it('waits for the 503 of request-timeout, and as long as ever without one', () => {
    expect(siteOf(settingsOf('--request-timeout', '90s'))).toContain('proxy_read_timeout 95000ms;')
    expect(siteOf(settingsOf())).toContain('proxy_read_timeout 60000ms;')
  })

  it('asks for health where there is an admin address, and sends an id where one is taken', () => {
    const site = siteOf(settingsOf('--admin', 'unix:/run/admin.sock'))
    expect(site).toContain('proxy_pass http://unix:/run/admin.sock:/readyz;')
    expect(site).toContain('proxy_set_header X-Request-ID $request_id;')
    const bare = siteOf(settingsOf('--request-id-header', 'none'))
    expect(bare).not.toMatch(/healthz|request_id/)
  })

  it('refuses all that contradicts at once', () => {
    const wrong = placeOf({ 'server-name': 'a; b', listen: '80; }', 'body-size': 'much' })
    expect(problemsOf(settingsOf('-b', '127.0.0.1:0'), wrong)).toEqual([
      'server-name',
      'listen',
      'body-size',
      'bind',
    ])
    expect(problemsOf(settingsOf('-b', 'fd://3'))).toEqual(['bind'])
    expect(problemsOf(settingsOf(), placeOf({ upstream: 'a:b:c' }))).toEqual(['upstream'])
    const untrusted = settingsOf('--access-logfile', '-', '--forwarded-allow-ips', '10.0.0.0/8')
    expect(problemsOf(untrusted)).toEqual(['forwardedAllowIps'])
  })
})
