import { onOneLine } from './on-one-line.ts'
import { formatOrigin } from './origin.ts'
import type { Resolved } from './resolve.ts'
import { settingNames } from './table.ts'
import { showWritten, writtenValue } from './written.ts'

/**
 * Every setting, its value and where that comes from. As text, a line for each: `workers = 4 (flag --workers)`; as JSON,
 * `{ "workers": { "value": 4, "origin": "flag --workers" } }`, with values as a config file would have them.
 */
export function printConfig(
  { settings, origins }: Resolved,
  format: 'text' | 'json' = 'text',
): string {
  const lines = settingNames.map((name) => ({
    name,
    value: writtenValue(settings, name),
    origin: formatOrigin(origins[name]),
  }))
  if (format === 'json') {
    const entries = lines.map(({ name, value, origin }) => [name, { value, origin }] as const)
    return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
  }
  const width = Math.max(...settingNames.map((name) => name.length))
  return lines
    .map(
      ({ name, value, origin }) =>
        `${onOneLine(`${name.padEnd(width)} = ${showWritten(value) || '-'} (${origin})`)}\n`,
    )
    .join('')
}
