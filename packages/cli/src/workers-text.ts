import { NunicornError } from '@nunicorn/contract'
import { type ListedClass, listClasses } from '@nunicorn/worker/classes'

import type { Invocation } from './load-settings.ts'
import { commandFile } from './package.ts'

/**
 * `nunicorn workers [--json]`: the worker classes as an app in the working directory would find them. The word is a
 * command only as the first argument; an app of that name is `./workers`.
 *
 * @throws NunicornError `bad-usage`
 */
export async function workersText({ argv, directory }: Invocation): Promise<string> {
  const surplus = argv.find((argument) => argument !== '--json')
  if (surplus !== undefined) throw badUsage(surplus)
  const classes = await listClasses({ directory, command: commandFile })
  return argv.includes('--json') ? JSON.stringify(classes, null, 2) : tableOf(classes)
}

function tableOf(classes: readonly ListedClass[]): string {
  const installed = classes.filter(({ version }) => version !== undefined)
  const missing = classes.filter(({ version }) => version === undefined)
  const parts = [
    ['Installed worker classes, for -k:', ...columns(installed.map(rowOf))],
    [
      'Not installed:',
      ...columns(missing.map(({ name, package: from }) => [name, `npm install ${from}`])),
    ],
    ['Of other people, and your own:', '  -k some-package, -k ./my-worker.ts'],
  ]
  return parts
    .filter((lines) => lines.length > 1)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

function rowOf({ name, version = '', takes, fault }: ListedClass): readonly string[] {
  return [name, version, fault === undefined ? takes : `cannot be used: ${fault}`]
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  const pad = (row: readonly string[]): readonly string[] =>
    row.map((cell, column) => cell.padEnd(width(column)))
  return rows.map((row) => `  ${pad(row).join('  ').trimEnd()}`)
}

function badUsage(argument: string): NunicornError {
  return new NunicornError({
    code: 'bad-usage',
    message: `nunicorn workers does not know ${JSON.stringify(argument)}.`,
    hint: 'It lists the worker classes, with --json for programs; an app of that name is ./workers.',
  })
}
