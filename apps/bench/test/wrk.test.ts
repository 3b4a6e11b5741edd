import { describe, expect, it } from 'vitest'

import { parseReport } from '../src/load/wrk.ts'

const head = `Running 1s test @ http://127.0.0.1:20000/
  2 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.61ms    1.02ms  35.10ms   95.03%
    Req/Sec    20.31k     2.91k   25.41k    80.00%
  40521 requests in 1.00s, 7.61MB read
`
const tail = `Requests/sec:  40412.56
Transfer/sec:      7.59MB
`

describe('the report of wrk', () => {
  it('gives requests per second', () => {
    expect(parseReport(head + tail)).toEqual({ answers: 40_521, perSecond: 40_412.56, failures: 0 })
  })

  it('counts every kind of failure', () => {
    const errors = `  Socket errors: connect 1, read 20, write 300, timeout 4000
  Non-2xx or 3xx responses: 50000
`
    expect(parseReport(head + errors + tail).failures).toBe(54_321)
  })

  it('is refused when it has no figure', () => {
    expect(() => parseReport('unable to connect')).toThrow('unable to connect')
  })
})
