import { type Resolved, resolveSettings } from '@nunicorn/settings'

import type { Place } from '../src/index.ts'

/** The settings that these arguments make. */
export function settingsOf(...argv: readonly string[]): Resolved {
  return settingsFrom({ argv: ['app.ts', ...argv] })
}

export function settingsFrom(sources: {
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly file?: Readonly<Record<string, unknown>>
}): Resolved {
  const { argv = ['app.ts'], env = {}, file } = sources
  const resolution = resolveSettings({
    argv,
    env,
    ...(file && { file: { path: 'nunicorn.config.ts', value: file } }),
  })
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.problems))
  return resolution
}

export function placeOf(
  options: Place['options'] = {},
  more: Partial<Omit<Place, 'options'>> = {},
): Place {
  return {
    directory: '/srv/shop',
    node: '/usr/bin/node',
    command: '/srv/shop/node_modules/nunicorn/bin/nunicorn.js',
    ...more,
    options: { 'systemd-version': '257', ...options },
  }
}
