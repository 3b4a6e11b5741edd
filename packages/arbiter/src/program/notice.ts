/** What a program says on its notify pipe, in lines of `KEY=VALUE` as sd_notify(3) has them. */
export type Notice =
  /** READY=1 */
  | { readonly type: 'ready' }
  /** WATCHDOG=1 */
  | { readonly type: 'alive' }
  /** STOPPING=1 */
  | { readonly type: 'stopping' }
  /** RETIRE=1, or RETIRE=SIGTERM if that was sent to it by somebody else than the arbiter. */
  | { readonly type: 'retire'; readonly reason: 'asked' | 'signal' }
  | { readonly type: 'status'; readonly text: string }
  /** Why it will not become ready; several lines are one text. */
  | { readonly type: 'error'; readonly text: string }
  | { readonly type: 'counted'; readonly counter: Counter; readonly value: number }
  /** The signal at which it writes its stack to the stack pipe. */
  | { readonly type: 'stack-signal'; readonly signal: NodeJS.Signals }

export type Counter = 'requests' | 'inFlight' | 'connections'

/** A program that writes no line breaks must not fill the arbiter's memory. */
const longestLine = 65_536

/** Takes what comes over the pipe in whatever pieces, and tells of each line that means something. */
export function createNoticeReader(onNotice: (notice: Notice) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = (lines.pop() ?? '').slice(0, longestLine)
    for (const line of lines) {
      const notice = readNotice(line)
      if (notice !== undefined) onNotice(notice)
    }
  }
}

/** Undefined for a line that means nothing here: other keys are allowed, as sd_notify(3) allows them. */
export function readNotice(line: string): Notice | undefined {
  const [, key = '', value = ''] = /^([A-Z_]+)=(.*?)\r?$/s.exec(line) ?? []
  const flag = flags[key]
  if (flag !== undefined) return value === '1' ? { type: flag } : undefined
  if (key === 'STATUS' || key === 'ERROR')
    return { type: key === 'STATUS' ? 'status' : 'error', text: value }
  if (key === 'RETIRE') return readRetirement(value)
  const counter = counters[key]
  if (counter !== undefined)
    return /^\d{1,15}$/.test(value) ? { type: 'counted', counter, value: Number(value) } : undefined
  return key === 'STACK_SIGNAL' && isStackSignal(value)
    ? { type: 'stack-signal', signal: value }
    : undefined
}

const flags: Readonly<Record<string, 'ready' | 'alive' | 'stopping'>> = {
  READY: 'ready',
  WATCHDOG: 'alive',
  STOPPING: 'stopping',
}

function readRetirement(value: string): Notice | undefined {
  if (value === '1') return { type: 'retire', reason: 'asked' }
  return value === 'SIGTERM' ? { type: 'retire', reason: 'signal' } : undefined
}

const counters: Readonly<Record<string, Counter>> = {
  REQUESTS: 'requests',
  IN_FLIGHT: 'inFlight',
  CONNECTIONS: 'connections',
}

/** None that means something else to a program that is to be ended. */
function isStackSignal(name: string): name is NodeJS.Signals {
  return ['SIGUSR1', 'SIGUSR2', 'SIGQUIT', 'SIGPROF', 'SIGWINCH'].includes(name)
}
