import { parseArgs } from 'node:util'

import { ExitCode, NunicornError } from '@nunicorn/contract'
import { connectControl, findInstances, type Instance } from '@nunicorn/control'

import { jsonOf, textOf } from './once.ts'
import { runTop } from './run-top.ts'
import { takeSnapshot } from './snapshot.ts'

export interface TopInvocation {
  /** What comes after `top`. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly directory: string
}

const usage = `Usage: nunicorn top [--control PATH] [--once | --json]

Shows the workers of a running nunicorn, once a second, and takes keys to steer it.

  --control PATH  its control socket; not needed where one instance runs
  --once          print what there is to see, and end (so too where the output is no terminal)
  --json          the same for programs
  -h, --help      this
`

/**
 * `nunicorn top`. Resolves with the exit code.
 * @throws NunicornError `bad-usage`, `no-instance`, `unreachable`, `connection-lost`
 */
export async function runTopCommand({ argv, env, directory }: TopInvocation): Promise<number> {
  const { control, once, json, help } = readFlags(argv)
  if (help) return print(usage)
  await using client = await connectControl({ path: control ?? (await onlyInstance(env)).path })
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

interface Flags {
  readonly control?: string | undefined
  readonly once?: boolean | undefined
  readonly json?: boolean | undefined
  readonly help?: boolean | undefined
}

function readFlags(argv: readonly string[]): Flags {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        control: { type: 'string' },
        once: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    const message = `top: ${(error as Error).message}.`
    throw new NunicornError({ code: 'bad-usage', message, hint: usage, cause: error })
  }
}

async function onlyInstance(env: TopInvocation['env']): Promise<Instance> {
  const found = await findInstances(env)
  const [first] = found
  if (first !== undefined && found.length === 1) return first
  if (first === undefined) {
    throw new NunicornError({
      code: 'no-instance',
      message: 'No running nunicorn of this user is found.',
      hint: 'Say where its control socket is: nunicorn top --control PATH',
    })
  }
  const list = found.map(({ path, status: { name, pid } }) => `  ${path}  ${name} (pid ${pid})`)
  throw new NunicornError({
    code: 'bad-usage',
    message: `There are ${found.length} instances:\n${list.join('\n')}\n`,
    hint: 'Say which one: nunicorn top --control PATH',
  })
}

function gone(): NunicornError {
  return new NunicornError({ code: 'connection-lost', message: 'top: The instance has gone.' })
}

function print(text: string): number {
  process.stdout.write(text)
  return ExitCode.ok
}
