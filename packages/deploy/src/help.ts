import { commonOptions, switches } from './split-arguments.ts'
import type { Target } from './target.ts'

export function overviewText(targets: readonly Target[]): string {
  return [
    'nunicorn deploy TARGET [APP] [SETTINGS]: writes what surrounds this app in production, from its settings.',
    '',
    'Targets:',
    ...columns(targets.map(({ name, summary }) => [name, summary])),
    '',
    'Settings are those of serving, from the same flags, environment and config file. More:',
    ...columns(rowsOf(commonOptions)),
    ...columns(Object.entries(switches).map(([name, help]) => [`--${name}`, help])),
    '',
    'nunicorn deploy TARGET --help lists what the target itself takes.',
  ].join('\n')
}

export function targetHelpText({ name, summary, options }: Target): string {
  return [
    `nunicorn deploy ${name} [APP] [SETTINGS]: ${summary}`,
    '',
    ...columns(rowsOf([...options, ...commonOptions])),
    ...columns(Object.entries(switches).map(([flag, help]) => [`--${flag}`, help])),
    '',
    'All settings of serving: nunicorn --help.',
  ].join('\n')
}

function rowsOf(options: Target['options']): readonly (readonly [string, string])[] {
  return options.map(({ name, placeholder, help }) => [`--${name} ${placeholder}`, help])
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(24, ...rows.map(([first]) => first.length))
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`)
}
