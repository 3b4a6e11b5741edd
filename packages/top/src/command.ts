import { parseArgs } from 'node:util'

import { ExitCode, NunicornError } from '@nunicorn/contract'
import { reach, type Whereabouts } from '@nunicorn/control'

import { jsonOf, textOf } from './once.ts'
import { runTop } from './run-top.ts'
import { takeSnapshot } from './snapshot.ts'

export interface TopInvocation {
  /** What comes after `top`. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly directory: string
}

const usage = `Usage: nunicorn top [--socket PATH | --pid FILE | --name NAME] [--once | --json]

Shows the workers of a running nunicorn, once a second, and takes keys to steer it.

  --socket PATH  the instance with this control socket; not needed where only one runs
  --pid FILE     the instance with this pid file
  --name NAME    the instance with this name
  --once         print what there is to see, and end; so too where the output is no terminal
  --json         the same for programs
  -h, --help     this
`

/**
 * `nunicorn top`. Resolves with the exit code.
 * @throws NunicornError `bad-usage`, `unreachable`, `connection-lost`
 */
export async function runTopCommand({ argv, env, directory }: TopInvocation): Promise<number> {
  const { once, json, help, ...whereabouts } = readFlags(argv)
  if (help) return print(usage)
  await using client = await reach(whereabouts, env)
  if (once || json || !process.stdout.isTTY) {
    const view = await takeSnapshot(client)
    if (view === undefined) throw gone()
    return print(
      json ? jsonOf(view) : textOf(view, process.stdout.columns ?? Number.POSITIVE_INFINITY),
    )
  }
  const end = await runTop({ client, directory, coloured: !env['NO_COLOR'] })
  if (end === 'gone') throw gone()
  return ExitCode.ok
}

interface Flags extends Whereabouts {
  readonly once?: boolean | undefined
  readonly json?: boolean | undefined
  readonly help?: boolean | undefined
}

function readFlags(argv: readonly string[]): Flags {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        socket: { type: 'string' },
        pid: { type: 'string' },
        name: { type: 'string' },
        once: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    const message = `top: ${(error as Error).message}.`
    throw new NunicornError({
      code: 'bad-usage',
      message,
      hint: '`nunicorn top --help` says more.',
      cause: error,
    })
  }
}

function gone(): NunicornError {
  return new NunicornError({ code: 'connection-lost', message: 'top: The instance has gone.' })
}

function print(text: string): number {
  process.stdout.write(text)
  return ExitCode.ok
}
