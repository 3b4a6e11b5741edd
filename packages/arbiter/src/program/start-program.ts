import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'

import { ownOutput } from '../own-output.ts'
import type { ProgramPlace, SpawnOrder, WorkerProcess } from '../ports.ts'
import { createMouthpiece, type Mouthpiece } from './mouthpiece.ts'
import { createNoticeReader } from './notice.ts'
import { untilServed } from './probe.ts'
import {
  argumentsOf,
  type Descriptors,
  descriptorsOf,
  environmentOf,
} from './program-environment.ts'
import { programSampler } from './program-sample.ts'
import { createStackPipe } from './stack-pipe.ts'

/** What a program said last may be read after its end; it is waited for no longer than this. */
const lastWordsMs = 500

/**
 * Only a process itself can know its pid in time, so a shell says it and then becomes the program. The words are handed
 * through: the shell reads none of them. And it makes the program a better victim than its arbiter when the kernel is out
 * of memory, as every worker is.
 */
const trampoline = `
LISTEN_PID=$$; export LISTEN_PID
{ read -r score </proc/self/oom_score_adj && [ "$score" -le 900 ] && echo $((score + 100)) >/proc/self/oom_score_adj; } 2>/dev/null
exec "$@"
`

/** Starts a program as a worker: speaks its notify protocol with it, and the worker messages with the arbiter. */
export function startProgram(order: SpawnOrder, place: ProgramPlace): WorkerProcess {
  const descriptors = descriptorsOf(place)
  const child = start(order, { place, descriptors })
  const { pid } = child
  if (pid === undefined) return unborn(child, order)
  const mouthpiece = createMouthpiece(order, {
    place,
    sample: programSampler(pid),
    terminate: () => void child.kill('SIGTERM'),
    tell: (line) => void (notify.writable && notify.write(line)),
  })
  const notify = child.stdio[descriptors.notify] as Socket
  const stack = createStackPipe(child.stdio[descriptors.stack] as Socket)
  notify
    .setEncoding('utf8')
    .on('data', createNoticeReader(mouthpiece.hear))
    .on('error', () => {})
  probe(pid, { place, mouthpiece })
  awaitEnd(child, { notify, mouthpiece })
  return {
    pid,
    send: mouthpiece.receive,
    signal: (signal) => void (signal === 'SIGKILL' ? killAll(child) : child.kill(signal)),
    async captureStack(limit) {
      const { stackSignal } = mouthpiece
      return stackSignal === undefined
        ? undefined
        : { stack: await stack.read(() => child.kill(stackSignal), limit) }
    },
  }
}

/** `spawn` tells some errors, such as EAGAIN, by an event. */
function unborn(child: ChildProcess, { onExit }: SpawnOrder): WorkerProcess {
  child.on('error', ({ message }) => onExit({ code: null, signal: null, spawnError: message }))
  return { pid: undefined, send() {}, signal() {} }
}

function start(
  { directory, env }: SpawnOrder,
  { place, descriptors }: { readonly place: ProgramPlace; readonly descriptors: Descriptors },
): ChildProcess {
  using stdout = ownOutput(1)
  using stderr = ownOutput(2)
  const words = argumentsOf(place, descriptors)
  return spawn('/bin/sh', ['-c', trampoline, 'nunicorn', ...words], {
    cwd: directory,
    env: environmentOf({ inherited: { ...process.env, ...env }, place, descriptors }),
    // In a session of its own: Ctrl-C is the arbiter's to answer, and what the program starts can be ended with it.
    detached: true,
    stdio: [
      'ignore',
      stdout.stdio,
      stderr.stdio,
      ...place.listeners.map((listener) => listener.handle(0).fd),
      'pipe',
      'pipe',
    ],
  })
}

function probe(
  pid: number,
  { place, mouthpiece }: { readonly place: ProgramPlace; readonly mouthpiece: Mouthpiece },
): void {
  const [listener] = place.listeners
  const { readiness } = place.program
  if (readiness === 'notify' || listener === undefined) return
  const { address } = listener
  // A socket that was passed on, of which nobody can tell where it is reached.
  if (address.type === 'inherited') return mouthpiece.probed()
  void untilServed({ pid, address, readiness }, mouthpiece.decided).then(() => mouthpiece.probed())
}

function awaitEnd(
  child: ChildProcess,
  { notify, mouthpiece }: { readonly notify: Socket; readonly mouthpiece: Mouthpiece },
): void {
  let exit: { readonly code: number | null; readonly signal: string | null } | undefined
  const end = (): void => exit && mouthpiece.ended(exit)
  child.on('error', () => {})
  notify.on('close', end)
  child.on('exit', (code, signal) => {
    exit = { code, signal }
    // As systemd does with what is left in a service's cgroup: nobody else knows of it.
    killAll(child)
    if (notify.destroyed) end()
    // What has left its process group, a daemon, may hold the other ends for ever.
    setTimeout(() => {
      for (const stream of child.stdio) stream?.destroy()
      end()
    }, lastWordsMs).unref()
  })
}

/** The program and what it started, as far as that has not left its process group. */
function killAll({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // They are gone.
  }
}
