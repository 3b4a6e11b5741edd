import { describe, expect, it } from 'vitest'

import { resolveSettings } from '../src/index.ts'

function resolve(...argv: readonly string[]): ReturnType<typeof resolveSettings> {
  return resolveSettings({ argv: ['app.ts', ...argv], env: {} })
}

function settingsOf(...argv: readonly string[]): Record<string, unknown> {
  const resolution = resolve(...argv)
  if (!resolution.ok) throw new Error(resolution.problems.map(({ message }) => message).join('\n'))
  return resolution.settings
}

function problemsOf(...argv: readonly string[]): readonly string[] {
  const resolution = resolve(...argv)
  return resolution.ok ? [] : resolution.problems.map(({ setting }) => setting)
}

describe('forwarded-allow-ips', () => {
  it.each(['127.0.0.1', '::1', '*', '10.0.0.0/8', 'fd00::/8'])('may be %s', (text) => {
    expect(settingsOf('--forwarded-allow-ips', text)).toMatchObject({ forwardedAllowIps: [text] })
  })

  it('may be several, as Gunicorn writes them', () => {
    expect(settingsOf('--forwarded-allow-ips', '10.0.0.1, 10.0.0.2')).toMatchObject({
      forwardedAllowIps: ['10.0.0.1', '10.0.0.2'],
    })
  })

  it.each(['localhost', '10.0.0.0/33', '::/129', '10.0.0.1/', '10.0.0', '10.0.0.0/-1'])(
    'may not be %s',
    (text) => expect(problemsOf('--forwarded-allow-ips', text)).toEqual(['forwardedAllowIps']),
  )
})

describe('access-logformat', () => {
  it.each(['combined', 'json', '%(h)s', '100%% %({x-a}i)s "%(r)s"'])('may be %s', (text) => {
    expect(settingsOf('--access-logformat', text)).toMatchObject({ accessLogformat: text })
  })

  it.each(['', 'common', '100% %(h)s', '%(h)d', '%(h', '%(h)s\n'])('may not be %j', (text) => {
    expect(problemsOf('--access-logformat', text)).toEqual(['accessLogformat'])
  })
})

describe('request-id-header', () => {
  it.each(['X-Request-ID', 'traceparent', 'none'])('may be %s', (text) => {
    expect(settingsOf('--request-id-header', text)).toMatchObject({ requestIdHeader: text })
  })

  it.each(['', 'a b', 'a:', 'é'])('may not be %j', (text) => {
    expect(problemsOf('--request-id-header', text)).toEqual(['requestIdHeader'])
  })
})

it('an access log on stdout does not go together with capture-output', () => {
  expect(problemsOf('--access-logfile=-', '--capture-output')).toEqual(['accessLogfile'])
  expect(problemsOf('--access-logfile=a.log', '--capture-output')).toEqual([])
})
