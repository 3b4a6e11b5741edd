import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'

import type { OrphanGuard } from './ports.ts'
import { startTimeOf } from './diagnose/proc-stat.ts'

/**
 * A healthy worker sees that its arbiter is gone (IPC `disconnect`), renames itself "nunicorn: orphaned ..." and drains. One whose
 * event loop is blocked cannot, and the kernel's PR_SET_PDEATHSIG would not tell the two apart. So a shell, in a session
 * of its own and too small to notice, reads the workers' pids from a pipe; when the pipe ends it gives the healthy ones a
 * second to rename themselves and kills the rest. Programs, which cannot know, get SIGTERM at once, and SIGKILL, with all
 * that they have started, when their time is over. Start times guard against recycled pids.
 */
const script = `
workers=
programs=
seconds=0
without() { left=; for entry in $2; do case $entry in $1:*) ;; *) left="$left $entry" ;; esac; done; }
lives() {
  pid=\${1%:*}
  read -r stat 2>/dev/null </proc/$pid/stat || return 1
  started=\${1#*:}
  set -- \${stat##*) }
  shift 19
  [ "$1" = "$started" ]
}
while read -r word pid started grace; do
  case $word in
    add) workers="$workers $pid:$started" ;;
    program) programs="$programs $pid:$started"; [ $grace -le $seconds ] || seconds=$grace ;;
    remove) without $pid "$workers"; workers=$left; without $pid "$programs"; programs=$left ;;
  esac
done
for program in $programs; do
  lives $program && kill -TERM $pid
done
[ -n "$workers$programs" ] || exit 0
sleep 1
for worker in $workers; do
  lives $worker || continue
  title=$(tr '\\0' ' ' 2>/dev/null </proc/$pid/cmdline)
  case $title in *"nunicorn: orphaned"*) ;; *) kill -KILL $pid ;; esac
done
while [ -n "$programs" ] && [ $seconds -gt 0 ]; do
  sleep 1
  seconds=$((seconds - 1))
  left=; for program in $programs; do lives $program && left="$left $program"; done; programs=$left
done
for program in $programs; do
  lives $program && kill -KILL -$pid
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
    add(pid, program) {
      const started = startTimeOf(pid)
      if (started === undefined) return
      if (program === undefined) say(`add ${pid} ${started}`)
      else say(`program ${pid} ${started} ${Math.ceil(program.graceMs / 1_000)}`)
    },
    remove: (pid) => say(`remove ${pid}`),
    close: () => void pipe.destroy(),
  }
}

const noGuard: OrphanGuard = { add() {}, remove() {}, close() {} }
