import type { Row } from './row.ts'

export const shutdown: readonly Row[] = [
  {
    number: 44,
    name: 'TERM idle',
    inject: 'TERM',
    pass: 'exit 0 in <500 ms; pid file, Unix socket gone',
    release: false,
  },
  {
    number: 45,
    name: 'TERM under A and B',
    inject: 'TERM',
    pass: 'every accepted request answered; refused only after listener closed; no reset of a request sent before the drain',
    release: true,
  },
  {
    number: 46,
    name: 'Kubernetes race',
    inject: 'client goes on opening connections 5 s after TERM, `drain-delay` 6 s',
    pass: '0 failed; readiness 503 at once, liveness 200',
    release: true,
  },
  {
    number: 47,
    name: 'double TERM / INT',
    inject: '2nd after 300 ms with `/sleep?60000`',
    pass: 'forced: exit <1 s, distinct code',
    release: true,
  },
  {
    number: 48,
    name: 'idle speculative connections',
    inject: '100 sockets without a byte, TERM',
    pass: 'exits ≤ graceful; clean on every supported Node',
    release: true,
  },
  {
    number: 49,
    name: 'TERM during first boot',
    inject: 'TERM on `booting`',
    pass: 'exit <2 s, no orphan',
    release: false,
  },
  {
    number: 50,
    name: 'kill -9 arbiter, one worker in endless loop',
    inject: 'KILL',
    pass: 'all workers gone ≤2 s (healthy drain ≤ graceful); port bindable; restart works',
    release: true,
  },
  {
    number: 51,
    name: 'SIGSTOP arbiter 30 s, CONT, under A',
    inject: 'STOP',
    pass: '0 failed; nobody killed on CONT',
    release: true,
  },
  {
    number: 52,
    name: 'terminal gone',
    inject: 'close the pty, SIGHUP; stdout reader exits',
    pass: 'keeps serving (EPIPE survived); HUP from tty not confused with reload when not a tty leader',
    release: false,
  },
  {
    number: 53,
    name: 'unknown and ignored signals',
    inject: 'USR1, USR2, PIPE, WINCH, ALRM at random, 10k',
    pass: 'documented effect or none',
    release: false,
  },
]
