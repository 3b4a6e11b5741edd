import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'

import type { OrphanGuard } from './ports.ts'
import { startTimeOf } from './diagnose/proc-stat.ts'

/**
 * A healthy worker sees that its arbiter is gone (IPC `disconnect`), renames itself "nunicorn: orphaned ..." and drains. One whose
 * event loop is blocked cannot, and the kernel's PR_SET_PDEATHSIG would not tell the two apart. So a shell, in a session
 * of its own and too small to notice, reads the workers' pids from a pipe; when the pipe ends it gives the healthy ones a
 * second to rename themselves and kills the rest. Start times guard against recycled pids.
 */
const script = `
workers=
while read -r word pid started; do
  case $word in
    add) workers="$workers $pid:$started" ;;
    remove) left=; for worker in $workers; do case $worker in $pid:*) ;; *) left="$left $worker" ;; esac; done; workers=$left ;;
  esac
done
[ -n "$workers" ] || exit 0
sleep 1
for worker in $workers; do
  pid=\${worker%:*}
  read -r stat 2>/dev/null </proc/$pid/stat || continue
  set -- \${stat##*) }
  shift 19
  [ "$1" = "\${worker#*:}" ] || continue
  title=$(tr '\\0' ' ' 2>/dev/null </proc/$pid/cmdline)
  case $title in *"nunicorn: orphaned"*) ;; *) kill -KILL $pid ;; esac
done
`

/** Starts the guard where there is a /proc and a shell; elsewhere, and as PID 1 (whose end ends all), it guards nothing. */
export function orphanGuard(): OrphanGuard {
  if (process.platform !== 'linux' || process.pid === 1) return noGuard
  // The outer shell ends at once, so that the arbiter's children are its workers and nothing else. Node closes a child's
  // stdin when that ends; any other pipe stays.
  const child = spawn('/bin/sh', ['-c', '/bin/sh -c "$0" <&3 3<&- &', script], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  child.on('error', () => {})
  const pipe = child.stdio[3] as Socket
  pipe.on('error', () => {})
  pipe.unref()
  const say = (line: string): void => void (pipe.writable && pipe.write(`${line}\n`))
  return {
    add(pid) {
      const started = startTimeOf(pid)
      if (started !== undefined) say(`add ${pid} ${started}`)
    },
    remove: (pid) => say(`remove ${pid}`),
    close: () => void pipe.destroy(),
  }
}

const noGuard: OrphanGuard = { add() {}, remove() {}, close() {} }
