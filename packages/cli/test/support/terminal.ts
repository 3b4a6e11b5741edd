import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { until } from './until.ts'

const command = fileURLToPath(new URL('../../bin/nunicorn.js', import.meta.url))

/** A real terminal (a pty, by script(1)) in which nunicorn runs. */
export interface Terminal extends AsyncDisposable {
  press(keys: string): void
  /** Resolves with its match once this has been written to it, in whatever colours, since the last time that something was seen. */
  shows(text: RegExp): Promise<RegExpMatchArray>
  resize(size: { readonly columns: number }): Promise<unknown>
  /** All that was written to it so far, as it was written. */
  written(): string
  readonly exited: Promise<number | null>
}

export interface TerminalOptions {
  readonly directory: string
  readonly args: readonly string[]
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
}

export function openTerminal({ directory, args, columns = 140, env }: TerminalOptions): Terminal {
  const words = [process.execPath, command, ...args].map((word) => `'${word}'`).join(' ')
  // What stty says after it is how the terminal was left.
  const script = `echo "[terminal $(tty)]"; stty rows 30 cols ${columns}; ${words}; code=$?; echo "[left with $(stty -a | grep -o -- '-\\?icanon')]"; exit $code`
  const child = spawn(
    'script',
    ['--quiet', '--flush', '--return', '--command', script, '/dev/null'],
    {
      cwd: directory,
      env: {
        ...process.env,
        NO_COLOR: undefined,
        NODE_PATH: '',
        PWD: directory,
        TERM: 'xterm-256color',
        FORCE_COLOR: '',
        ...env,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  let output = ''
  let seen = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  return {
    press: (keys) => void child.stdin.write(keys),
    async shows(text) {
      const found = await until(() => plainText(output.slice(seen)).match(text) ?? undefined).catch(
        (error: unknown) => {
          throw new Error(`no ${text} in\n${plainText(output.slice(seen))}`, { cause: error })
        },
      )
      seen = output.length
      return found
    },
    resize({ columns }) {
      const [, device = ''] = /\[terminal (\S+)\]/.exec(output) ?? []
      // It waits until all output has been read, which is done here.
      return promisify(execFile)('stty', ['-F', device, 'cols', `${columns}`])
    },
    written: () => output,
    exited,
    async [Symbol.asyncDispose]() {
      // script(1) does not listen to SIGHUP.
      if (child.exitCode === null) child.kill('SIGTERM')
      await exited
    },
  }
}

/** Without what moves the cursor and what colours: a line that is written in parts is not put together. */
function plainText(output: string): string {
  // oxlint-disable-next-line no-control-regex -- it is one that is looked for
  return output.replaceAll(/\u001B(?:\[[\d;?]*[A-Za-z]|\][^\u0007]*\u0007)/g, '')
}
