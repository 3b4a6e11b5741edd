import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface ChatterReport {
  readonly dropped: { readonly chunks: number; readonly bytes: number }
  readonly waitingBytes: number
  readonly rssBytes: number
  readonly kind: 'SyncWriteStream' | 'Socket' | 'WriteStream'
}

/** The process of fixtures/chatter.ts, whose standard output is guarded. */
export interface Chatter extends AsyncDisposable {
  readonly child: ChildProcess
  /** Writes lines of 1,000 bytes. */
  say(lines: number): Promise<ChatterReport>
  /** Waits so long for its reader, then calls process.exit(); resolves with the exit code. */
  exit(flush?: { readonly flushMs: number }): Promise<number | null>
}

const file = fileURLToPath(new URL('fixtures/chatter.ts', import.meta.url))

export function startChatter(stdout: 'pipe' | number): Chatter {
  return asChatter(spawn(process.execPath, [file], { stdio: ['ignore', stdout, 'inherit', 'ipc'] }))
}

/** With a terminal for standard output, that of script(1), which ends when script does. */
export function startChatterInTerminal(): Chatter {
  const stdio: StdioOptions = ['ignore', 'pipe', 'inherit', 'ipc']
  return asChatter(
    spawn('script', ['-qfec', `exec "${process.execPath}" "${file}"`, '/dev/null'], { stdio }),
  )
}

function asChatter(child: ChildProcess): Chatter {
  const exited = once(child, 'exit') as Promise<[number | null]>
  // Not the exit: the process that script(1) started outlives it, and the channel is that process's.
  const gone = once(child, 'disconnect').then(() => {
    throw new Error('the process died instead of answering')
  })
  gone.catch(() => {})
  return {
    child,
    async say(lines) {
      child.send(lines)
      const [report] = await Promise.race([once(child, 'message'), gone])
      return report as ChatterReport
    },
    async exit(flush = { flushMs: 0 }) {
      child.send(flush)
      return (await exited)[0]
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect()
      child.kill('SIGKILL')
      await exited
    },
  }
}
