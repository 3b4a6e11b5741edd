import { kinds } from './kinds/kinds.ts'
import { environmentName, flagName } from './names.ts'
import type { Section } from './row.ts'
import { rows, settingNames, type SettingName } from './table.ts'
import { defaultText } from './written.ts'

const usage =
  'Usage: nunicorn [SETTINGS] APP [-- ARGUMENT...]\n       nunicorn workers [--json]\n       nunicorn ctl [COMMAND]'

const footer =
  'TIME is in seconds (30) or has a unit (500ms, 2m, 1h), SIZE has one (512mb, 2gb). Flags win over environment variables, those over the ' +
  'config file, which names settings in camelCase: gracefulTimeout for --graceful-timeout.'

/** Where the explanations begin, as in the help of Gunicorn. */
const column = 24

/** The answer to `--help`, for a terminal of `width` columns. */
export function helpText(width: number): string {
  const parts = [
    usage,
    ...settingsBySection().map(([section, names]) =>
      [
        `${section}:`,
        ...names.map((name) => entry(namesAndValue(name), explanation(name), width)),
      ].join('\n'),
    ),
    [
      'Other:',
      entry(
        'workers',
        'As the first argument: list the worker classes, then exit. An app of that name is ./workers.',
        width,
      ),
      entry(
        'ctl',
        'As the first argument: ask an instance that runs, or steer it; nunicorn ctl --help says more.',
        width,
      ),
      entry('-h, --help', 'Print this, then exit.', width),
      entry('-v, --version', 'Print the version, then exit.', width),
    ].join('\n'),
    wrap(footer, width).join('\n'),
  ]
  return `${parts.join('\n\n')}\n`
}

/** Sections in the order in which the table first names them. */
export function settingsBySection(): readonly (readonly [Section, readonly SettingName[]])[] {
  const sections = [...new Set(settingNames.map((name) => rows[name].section))]
  return sections.map((section) => [
    section,
    settingNames.filter((name) => rows[name].section === section),
  ])
}

/** `-w, --workers N|auto`. */
export function namesAndValue(setting: SettingName): string {
  const row = rows[setting]
  const placeholder = row.positional ? '' : kinds[row.type].placeholder(row)
  const short = row.short === undefined ? '' : `-${row.short}, `
  const names = [flagName(setting), ...(row.aliases ?? []).map((alias) => `--${alias}`)]
  return `${short}${names.join(', ')} ${placeholder}`.trimEnd()
}

/** Every environment variable that sets it: `NUNICORN_BIND`, `PORT as 0.0.0.0:$PORT`. */
export function environmentNames(setting: SettingName): readonly string[] {
  const others = Object.entries(rows[setting].environment ?? {})
  const described = others.map(([name, template]) =>
    template === `$${name}` ? name : `${name} as ${template}`,
  )
  return [environmentName(setting), ...described]
}

function explanation(setting: SettingName): string {
  const row = rows[setting]
  const isRepeatable = kinds[row.type].separator !== undefined
  const byDefault = defaultText(setting)
  return [
    row.help,
    ...(isRepeatable ? ['May be repeated.'] : []),
    ...(byDefault === undefined ? [] : [`[default: ${byDefault}]`]),
    `[env: ${environmentNames(setting).join(', ')}]`,
  ].join(' ')
}

function entry(head: string, text: string, width: number): string {
  const indent = ' '.repeat(column)
  const lines = wrap(text, width - column).map((line) => indent + line)
  const first = `  ${head}`
  // Two blanks keep head and explanation apart; a longer head has a line for itself.
  if (first.length > column - 2) return [first, ...lines].join('\n')
  return [first + (lines[0] ?? '').slice(first.length), ...lines.slice(1)].join('\n')
}

/** Breaks at blanks, but not within `[env: NAME]`; what is longer than `width` stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/ (?![^[]*\])/)) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
