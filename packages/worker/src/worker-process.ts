/** Makes a worker of this process, which has an IPC channel to its arbiter. */
import { guardOutput } from '@nunicorn/logger'

import { processChannel } from './channel.ts'
import { channelLog } from './channel-log.ts'
import { keepTicksFast } from './keep-ticks-fast.ts'
import { processSampler } from './process-sample.ts'
import { offerToOutOfMemoryKiller } from './out-of-memory.ts'
import { ownDescriptors } from './descriptors.ts'
import { reportFatalErrors } from './report-fatal-errors.ts'
import { startWorker } from './worker.ts'

keepTicksFast()
offerToOutOfMemoryKiller()

const guards = [guardOutput(process.stdout), guardOutput(process.stderr)]
/** process.exit() throws away what a pipe has not taken yet; a reader that has stalled is not waited for any longer. */
const lastWordsMs = 500

// A signal to the whole process group (Ctrl-C, `pkill -HUP nunicorn`) is the arbiter's to answer.
for (const signal of ['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR2', 'SIGALRM'] as const)
  process.on(signal, () => {})
// SIGUSR1 stays with Node: it opens the inspector, by which the arbiter finds out where a worker hangs. Port 0: any free one.
process.debugPort = 0

const channel = processChannel()
const log = channelLog({
  channel,
  pid: process.pid,
  writeAlone: (line) => process.stderr.write(line),
})

startWorker({
  channel,
  log: log.logger,
  async exit(code) {
    const deadline = AbortSignal.timeout(lastWordsMs)
    const late = new Promise((resolve) => deadline.addEventListener('abort', resolve))
    await Promise.race([log.flush(), late])
    await Promise.all(guards.map((guard) => guard.flush(deadline)))
    process.exit(code)
  },
  setTitle: (title) => void (process.title = title),
  reportFatalErrors,
  onCrash: (listener) => void process.on('uncaughtExceptionMonitor', listener),
  onTerm: (listener) => void process.on('SIGTERM', listener),
  droppedOutput: () => guards.reduce((sum, guard) => sum + guard.dropped.chunks, 0),
  descriptors: ownDescriptors(),
  sample: processSampler(),
})
