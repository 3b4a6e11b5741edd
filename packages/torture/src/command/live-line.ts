import type { LoadRun } from '../load.ts'
import type { Deed } from './deeds.ts'

const EVERY_MS = 200

export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** One line that says where the run stands; nothing where nobody looks. Wiped when disposed of. */
export function showProgress(terminal: Terminal, run: LoadRun, deeds: readonly Deed[]): Disposable {
  if (!terminal.isTTY) return { [Symbol.dispose]: () => {} }
  const timer = setInterval(() => {
    const line = lineOf(run, deeds.at(-1)).slice(0, (terminal.columns ?? 80) - 1)
    terminal.write(`\r\u001B[K${line}`)
  }, EVERY_MS)
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer)
      terminal.write('\r\u001B[K')
    },
  }
}

function lineOf(run: LoadRun, deed: Deed | undefined): string {
  const { requests, failed } = run.progress
  const last = deed === undefined ? '' : `, #${deed.number} ${deed.command}`
  const failures = failed === 0 ? 'none failed' : `${failed} FAILED`
  return `${(run.nowMs() / 1000).toFixed(1)} s: ${requests} requests, ${failures}${last}`
}
