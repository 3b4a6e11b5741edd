import { environmentNames, namesAndValue, settingsBySection } from './help.ts'
import { kinds } from './kinds/kinds.ts'
import { rows, type SettingName } from './table.ts'
import { defaultText } from './written.ts'

const introduction = `# Settings

<!-- Generated from src/table.ts by scripts/generate.ts: do not edit. -->

Flags win over environment variables, those over the config file, that over the default. A value is checked even where a
stronger one overrides it; only variables that other programs set too (\`PORT\`) are not looked at unless they decide.

TIME is in seconds (\`30\`) or has a unit (\`500ms\`, \`2m\`, \`1h\`), SIZE has one (\`512mb\`, \`2gb\`). A setting that may be repeated is a list in the config
file; in an environment variable its items are separated by commas, those of \`env\` by line breaks. "On HUP" says what a
reload does with a changed value: new workers get it, or it waits for the next start of the arbiter.
`

/** All settings as a Markdown document, a table for each section. */
export function settingsMarkdown(): string {
  const sections = settingsBySection().map(
    ([section, names]) => `## ${section}\n\n${table(names)}\n`,
  )
  return [introduction, ...sections].join('\n')
}

const head = ['Config key', 'Flag', 'Environment', 'Default', 'On HUP', 'Meaning']

function table(names: readonly SettingName[]): string {
  const lines = [head, ...names.map(cells)].map((line) => line.map(escape))
  // Padded, because that is how a formatter leaves it.
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  )
  const padded = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)))
  padded.splice(
    1,
    0,
    widths.map((width) => '-'.repeat(width)),
  )
  return padded.map((line) => `| ${line.join(' | ')} |`).join('\n')
}

function cells(setting: SettingName): string[] {
  const { help, inFile, onReload, type } = rows[setting]
  const byDefault = defaultText(setting)
  return [
    inFile === false ? 'none' : code(setting),
    code(namesAndValue(setting)) + (kinds[type].separator === undefined ? '' : ', may be repeated'),
    environmentNames(setting).map(code).join(', '),
    byDefault === undefined ? 'none' : code(byDefault),
    onReload === 'applied' ? 'applied' : 'restart needed',
    help,
  ]
}

function code(text: string): string {
  return `\`${text}\``
}

/** A bar ends a cell, even inside code (GitHub Flavored Markdown, 4.10). */
function escape(cell: string): string {
  return cell.replaceAll('|', '\\|')
}
