import type { Row } from './row.ts'

export const clients: readonly Row[] = [
  {
    number: 54,
    name: 'slow-loris headers',
    inject: '500 sockets, 1 byte/s, A beside',
    pass: "A p99 ≤ 2× control; closed with 408 at `headersTimeout` ± sweep (≤5 s, Node's own sweep is 30 s)",
    release: true,
  },
  {
    number: 55,
    name: 'slow body',
    inject: 'POST 1 byte/s',
    pass: 'closed at requestTimeout; memory flat',
    release: false,
  },
  {
    number: 56,
    name: 'slow reader',
    inject: 'zero window, 200 × 10 MB answers',
    pass: 'heap bounded; ended at write timeout; drain not blocked beyond graceful',
    release: false,
  },
  {
    number: 57,
    name: 'client abort',
    inject: '10k aborts at random byte offsets',
    pass: "no fd or heap growth; counted as aborted, no 5xx; handler's AbortSignal fires",
    release: true,
  },
  {
    number: 58,
    name: 'half-closed client',
    inject: 'FIN after the request, keep reading',
    pass: 'full answer',
    release: true,
  },
  {
    number: 59,
    name: 'RST before accept',
    inject: 'connect, SO_LINGER 0, close, 10k',
    pass: 'no crash, no error log flood',
    release: false,
  },
  {
    number: 60,
    name: 'malformed, oversized headers, smuggling shapes (both CL and TE)',
    inject: 'fuzz 10k',
    pass: '400/431, connection closed; worker alive',
    release: false,
  },
  {
    number: 61,
    name: 'early answer, large body',
    inject: '413 while 20 MB still comes',
    pass: 'client sees 413, not a reset (staged close)',
    release: false,
  },
  {
    number: 62,
    name: 'listen queue overflow',
    inject: 'all workers blocked 3 s, connects > backlog',
    pass: 'none refused; overflow counted and logged; recovery ≤ 1 s after',
    release: false,
  },
  {
    number: 63,
    name: 'connection imbalance',
    inject: '1 worker boots late, 200 keep-alive clients',
    pass: 'max/mean ≤1.5 within 30 s',
    release: false,
  },
]
