import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(
  new URL('bin/nunicorn.js', import.meta.resolve('nunicorn/package.json')),
)

/** The command, really started on a free port, and what it has printed. Ended when disposed of. */
export interface Nunicorn extends AsyncDisposable {
  readonly process: ChildProcess
  readonly lines: readonly string[]
  /** Resolves with the match of the first line that matches, has it come already or not; rejects when there will be none. */
  line(pattern: RegExp): Promise<RegExpExecArray>
  /** Resolves with the port once the first worker accepts. */
  port(): Promise<number>
  /** Resolves with the exit code when it has ended and its last line has been read. */
  readonly exited: Promise<number | null>
}

export function startNunicorn(directory: string, args: readonly string[]): Nunicorn {
  const child = spawn(process.execPath, [command, '-b', '127.0.0.1:0', ...args], {
    cwd: directory,
    env: { ...process.env, PWD: directory, NUNICORN_LOG_FORMAT: 'pretty' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lines: string[] = []
  const reader = createInterface({ input: child.stderr })
  reader.on('line', (line) => lines.push(line))
  const ended = Promise.all([once(child, 'exit'), once(reader, 'close')])

  async function line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = lines.map((text) => pattern.exec(text)).find((match) => match !== null)
      if (found) return found
      const end = ended.then(() => {
        throw new Error(`no line ${pattern} in:\n${lines.join('\n')}`)
      })
      await Promise.race([once(reader, 'line'), end])
    }
  }

  return {
    process: child,
    lines,
    line,
    port: async () => Number((await line(/Listening at: http:\/\/127\.0\.0\.1:(\d+) /))[1]),
    exited: ended.then(([[code]]) => code as number | null),
    async [Symbol.asyncDispose]() {
      // Workers whose arbiter is gone leave by themselves.
      child.kill('SIGKILL')
      await ended
    },
  }
}
