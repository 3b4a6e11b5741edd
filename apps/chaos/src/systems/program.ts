import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { createEventLog } from '../event-log.ts'
import { childrenOf, descendantsOf, endAll, identify } from '../processes.ts'
import type { Server, StartPlan } from '../system.ts'

/** The node that runs us, with what a worker needs to find the app's ledger. */
export function environmentOf({ project, env }: StartPlan): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // pnpm's has every package of the workspace in it.
    NODE_PATH: '',
    PWD: project.directory,
    CHAOS_LEDGER: project.ledgerPath,
    // The scenarios read what an operator would.
    NUNICORN_LOG_FORMAT: 'pretty',
    ...env,
  }
}

/** Starts a program that stays in the foreground and whose children answer. */
export function startProgram(command: readonly string[], plan: StartPlan): Server {
  const [file = '', ...args] = [...plan.wrapper, ...command]
  const child = spawn(file, args, {
    cwd: plan.project.directory,
    env: environmentOf(plan),
    // In a session of its own: Ctrl-C is meant for us, who then end it in order.
    detached: true,
    stdio: ['ignore', plan.output ?? 'pipe', plan.output ?? 'pipe'],
  })
  const log = createEventLog()
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface({ input: stream }).on('line', (line) => log.add(line))
  const exited = once(child, 'exit').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
  )
  const pid = child.pid ?? 0
  return {
    target: { host: '127.0.0.1', port: plan.port },
    supervisor: pid,
    workers: () => childrenOf(pid),
    log,
    exited,
    reload: () => Promise.reject(new Error(`${file} cannot reload`)),
    terminate: () => void child.kill('SIGTERM'),
    [Symbol.asyncDispose]: () => endFamily(child),
  }
}

/** KILL for all that the child has started, the child first, so that it starts nobody again. */
export async function endFamily(child: ChildProcess): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  const family = [pid, ...descendantsOf(pid)].flatMap((each) => identify(each) ?? [])
  await endAll(family)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
