import { classes } from '../contenders/classes.ts'
import { cpuPerKeptRequest } from '../measurements/cpu-per-request.ts'
import { keepAlive } from '../measurements/throughput.ts'
import { warmUp } from '../measurements/warm-up.ts'
import type { Suite } from '../suite.ts'

export const classSuite: Suite = {
  name: 'classes',
  title: 'each framework on bare node, against nunicorn with one worker',
  groups: classes.map(({ name, bare, ours }) => ({ name, entrants: [bare, ours] })),
  measurements: [warmUp, cpuPerKeptRequest, { ...keepAlive, perRound: 2 }],
}
