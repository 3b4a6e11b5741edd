import type { Resolved } from '@nunicorn/settings'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { type Place, targets } from '../src/index.ts'
import { quoteArgument, quoteAssignment } from '../src/targets/systemd/quote.ts'
import { placeOf, settingsFrom, settingsOf } from './resolved.ts'

const systemd = targets.find(({ name }) => name === 'systemd')

function unitsOf(
  resolved: Resolved,
  place: Place,
): { readonly service: string; readonly socket: string } {
  const files = systemd?.render(resolved, place) ?? []
  const [service = '', socket = ''] = ['.service', '.socket'].map(
    (end) => files.find(({ path }) => path.endsWith(end))?.text ?? '',
  )
  return { service, socket }
}

function problemsOf(resolved: Resolved, place: Place): readonly string[] {
  return (systemd?.contradictions(resolved, place) ?? []).map(
    ({ setting, message, mend }) => `${setting}: ${message} ${mend}`,
  )
}

const linesOf = (text: string): readonly string[] => text.split('\n')

describe('the service unit', () => {
  it('is named after the app, and says which settings it comes from', () => {
    const [service, socket] =
      systemd?.render(settingsOf('-w', '4', '-n', 'my shop'), placeOf()) ?? []
    expect([service?.path, socket?.path]).toEqual(['my-shop.service', 'my-shop.socket'])
    for (const file of [service, socket]) {
      expect(file?.text).toContain('#   --workers = 4 (flag --workers)')
      expect(file?.text).toContain('#   --graceful-timeout = 30s (default)')
    }
  })

  it('starts this very Node and command where the command was called', () => {
    expect(linesOf(unitsOf(settingsOf(), placeOf()).service)).toEqual(
      expect.arrayContaining([
        'WorkingDirectory=/srv/shop',
        'ExecStart=/usr/bin/node /srv/shop/node_modules/nunicorn/bin/nunicorn.js app.ts',
        'Environment=PWD=/srv/shop',
        'Environment=NUNICORN_BIND=fd://nunicorn',
      ]),
    )
  })

  it('gives the app its own arguments, and names them', () => {
    const { service } = unitsOf(settingsOf('--', '--db', 'a b'), placeOf())
    expect(service).toContain(' app.ts -- --db "a b"\n')
    expect(service).toContain('#   -- ARGUMENT = --db, a b (argument -- ARGUMENT)')
    expect(service).not.toContain('NUNICORN_APP_ARGUMENTS')
  })

  it('passes on what flags and the environment say, and leaves the config file to be read', () => {
    const { service } = unitsOf(
      settingsFrom({
        argv: ['app.ts', '--graceful-timeout', '60', '-e', 'GREETING=good day'],
        env: { WEB_CONCURRENCY: '3', PORT: '9000' },
        file: { keepAlive: 9 },
      }),
      placeOf(),
    )
    const environment = linesOf(service).filter((line) => line.startsWith('Environment='))
    expect(environment).toEqual([
      'Environment=NODE_ENV=production',
      'Environment=PWD=/srv/shop',
      'Environment="GREETING=good day"',
      'Environment=NUNICORN_WORKERS=3',
      'Environment=NUNICORN_GRACEFUL_TIMEOUT=1m',
      'Environment=NUNICORN_BIND=fd://nunicorn',
      'Environment=NUNICORN_CONTROL_SOCKET=%t/%N/control.sock',
      'Environment=NODE_COMPILE_CACHE=%C/%N',
    ])
    expect(service).toContain('#   --keep-alive = 9s (file nunicorn.config.ts)')
  })

  it('gives a stop the drain delay, the graceful timeout and a margin', () => {
    const resolved = settingsOf('--graceful-timeout', '60s', '--drain-delay', '10s')
    expect(unitsOf(resolved, placeOf()).service).toContain('\nTimeoutStopSec=75s\n')
    expect(unitsOf(resolved, placeOf({ 'stop-timeout': '5m' })).service).toContain(
      '\nTimeoutStopSec=5m\n',
    )
  })

  it('has a watchdog that gives the arbiter time to replace a hung worker', () => {
    expect(unitsOf(settingsOf('-t', '20s'), placeOf()).service).toContain('\nWatchdogSec=90s\n')
    expect(unitsOf(settingsOf('-t', '0'), placeOf()).service).not.toContain('\nWatchdogSec=')
    expect(unitsOf(settingsOf(), placeOf({ watchdog: '0' })).service).not.toContain(
      '\nWatchdogSec=',
    )
  })

  it('lets a boot without a limit take for ever', () => {
    const { service } = unitsOf(settingsOf('--boot-timeout', '0'), placeOf())
    expect(service).toContain('\nTimeoutStartSec=infinity\n')
  })

  it('waits for reloads and is told by a descriptor where systemd can do that, from 253 on', () => {
    expect(linesOf(unitsOf(settingsOf(), placeOf()).service)).toEqual(
      expect.arrayContaining([
        'Type=notify-reload',
        'OpenFile=/run/systemd/notify:notify',
        'NotifyAccess=main',
      ]),
    )
    const old = unitsOf(settingsOf(), placeOf({ 'systemd-version': '252' })).service
    expect(linesOf(old)).toEqual(
      expect.arrayContaining([
        'Type=notify',
        'NotifyAccess=all',
        'ExecReload=/bin/kill -HUP $MAINPID',
      ]),
    )
    expect(old).not.toContain('OpenFile=')
  })

  it('runs as a user of its own, or as the one that is named', () => {
    expect(unitsOf(settingsOf(), placeOf()).service).toContain('\nDynamicUser=yes\n')
    const { service } = unitsOf(
      settingsOf(),
      placeOf({ 'run-as': 'ada' }, { directory: '/home/ada/shop' }),
    )
    expect(service).toContain('\nUser=ada\n')
    expect(service).toContain('\nProtectHome=read-only\n')
    expect(service).not.toContain('DynamicUser=')
  })

  it('lets logs, the pid file and the control socket be in folders of its own', () => {
    const own = ['--access-logfile', '/var/log/shop/access.log', '-p', '/run/shop/shop.pid']
    const resolved = settingsOf(...own, '--control-socket', '/run/shop/ctl', '--error-logfile', '-')
    expect(problemsOf(resolved, placeOf())).toEqual([])
    const { service } = unitsOf(resolved, placeOf())
    expect(service).toContain('\nEnvironment=NUNICORN_CONTROL_SOCKET=/run/shop/ctl\n')
    expect(service).not.toContain('%t/%N')
    expect(linesOf(service)).toEqual(
      expect.arrayContaining(['RuntimeDirectory=shop', 'LogsDirectory=shop']),
    )
  })

  it('lets V8 compile, and says why', () => {
    expect(unitsOf(settingsOf(), placeOf()).service).toMatch(
      /# MemoryDenyWriteExecute=.*V8.*\nMemoryDenyWriteExecute=no/,
    )
  })
})

describe('the socket unit', () => {
  it('opens every address, under the name by which the service takes it over', () => {
    const { socket } = unitsOf(
      settingsOf('-b', ':80', '-b', '[::1]:8000', '-b', 'unix:run/100%.sock', '--backlog', '99'),
      placeOf(),
    )
    expect(linesOf(socket)).toEqual(
      expect.arrayContaining([
        'ListenStream=0.0.0.0:80',
        'ListenStream=[::1]:8000',
        'ListenStream=/srv/shop/run/100%%.sock',
        'FileDescriptorName=nunicorn',
        'Backlog=99',
        'SocketMode=0666',
        'RemoveOnStop=yes',
      ]),
    )
  })

  it('leaves a Unix socket to a group if there is one', () => {
    const { socket } = unitsOf(
      settingsOf('-b', 'unix:/run/shop.sock'),
      placeOf({ 'socket-group': 'www-data' }),
    )
    expect(linesOf(socket)).toEqual(
      expect.arrayContaining(['SocketGroup=www-data', 'SocketMode=0660']),
    )
  })
})

describe('contradictions', () => {
  it('are none with the defaults', () => {
    expect(problemsOf(settingsOf(), placeOf())).toEqual([])
  })

  it.each([
    [
      'a stop that systemd cuts',
      [],
      { 'stop-timeout': '20s' },
      /^stop-timeout: .*graceful-timeout 30s.*32s/,
    ],
    [
      'one that forgets the drain delay',
      ['--drain-delay', '10s'],
      { 'stop-timeout': '35s' },
      /^stop-timeout: .*drain-delay 10s.*42s/,
    ],
    ['a watchdog that is too quick', [], { watchdog: '30s' }, /^watchdog: .*timeout 30s.*40s/],
    [
      'a watchdog where nobody is to be killed',
      ['-t', '0'],
      { watchdog: '1m' },
      /^watchdog: .*left alone/,
    ],
    ['a port that is left open', ['-b', ':0'], {}, /^bind: '0\.0\.0\.0:0'/],
    ['a host name', ['-b', 'localhost:80'], {}, /^bind: 'localhost:80' is a name/],
    ['a socket that is passed', ['-b', 'fd://web'], {}, /^bind: 'fd:\/\/web' does not say where/],
    [
      'a Unix socket that ends with the service',
      ['-b', 'unix:/run/shop/a'],
      {},
      /^bind: .*\/run\/shop\.sock/,
    ],
    ['a Unix socket in /tmp', ['-b', 'unix:/tmp/a.sock'], {}, /^bind: .*\/run/],
    ['a pid file', ['-p', '/run/a.pid'], {}, /^pid: .*read-only.*\/run\/shop\//],
    ['a log file', ['--error-logfile', 'log/a.log'], {}, /^errorLogfile: .*\/var\/log\/shop\//],
    ['an admin socket', ['--admin', 'unix:/run/a.sock'], {}, /^admin: .*\/run\/shop\//],
    ['a time that is none', [], { watchdog: 'soon' }, /^watchdog: 'soon' is no time/],
    ['a version that is none', [], { 'systemd-version': 'new' }, /^systemd-version: 'new'/],
    ['a user that is none', [], { 'run-as': 'a b' }, /^run-as: 'a b' is no name/],
  ] as const)('name %s, and the mend', (_, argv, options, what) => {
    expect(problemsOf(settingsOf(...argv), placeOf(options))).toEqual([expect.stringMatching(what)])
  })

  it.each([
    ['/home/ada/shop', /a user that exists only/],
    ['/root/shop', /a user that exists only/],
    ['/tmp/shop', /PrivateTmp/],
    ['/var/lib/x/_npx/123', /npx/],
  ])('name a place that the service cannot read: %s', (directory, why) => {
    expect(problemsOf(settingsOf(), placeOf({}, { directory }))).toEqual([
      expect.stringMatching(why),
    ])
  })

  it('are found all at once', () => {
    const resolved = settingsOf('-b', 'localhost:0', '-p', 'x.pid')
    expect(problemsOf(resolved, placeOf({ 'stop-timeout': '1s', watchdog: '1s' })).length).toBe(4)
  })
})

describe('quoting for systemd', () => {
  it.each([
    ['plain/path.ts:app', 'plain/path.ts:app'],
    ['a b', '"a b"'],
    ['50%', '50%%'],
    ['$HOME', '"$$HOME"'],
    ['say "hi" \\ bye', '"say \\"hi\\" \\\\ bye"'],
    ['two\nlines', '"two\\nlines"'],
    ['', '""'],
  ])('writes %j as %s', (text, quoted) => {
    expect(quoteArgument(text)).toBe(quoted)
  })

  it('never leaves a line break, an open quote or a lone % in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const quoted = quoteAssignment('KEY', text)
        const inside = quoted.startsWith('"') ? quoted.slice(1, -1) : quoted
        expect(inside.replaceAll(/\\./gs, '').replaceAll('%%', '')).not.toMatch(/["%\n]/)
      }),
    )
  })
})
