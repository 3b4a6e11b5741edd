import { readFileSync, writeFileSync } from 'node:fs'

const path = '/proc/self/oom_score_adj'
/** Thousandths of the memory that there is: enough to stand before the arbiter, not before a real culprit elsewhere. */
const handicap = 100
const highest = 1_000

/**
 * Makes this process a better victim than its arbiter when the kernel is out of memory: a worker is replaced, and who
 * would replace the arbiter? To raise the score needs no privilege (proc_pid_oom_score_adj(5)).
 */
export function offerToOutOfMemoryKiller(): void {
  try {
    writeFileSync(path, String(Math.min(highest, Number(readFileSync(path, 'utf8')) + handicap)))
  } catch {
    // There is no such thing here; then it is left to chance.
  }
}
