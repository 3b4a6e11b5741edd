import { all, withWorkers } from '../entrants.ts'
import { spreadOf1000, spreadOf64 } from '../measurements/connection-spread.ts'
import { manyConnections } from '../measurements/throughput.ts'
import type { Suite } from '../suite.ts'

export const connectionSuite: Suite = {
  name: 'connections',
  title: '64 and 1,000 connections over four workers',
  groups: [{ entrants: withWorkers(4, all) }],
  measurements: [spreadOf64, spreadOf1000, manyConnections],
  maxRounds: 2,
}
