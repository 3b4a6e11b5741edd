import { all, bareNode, withWorkers } from '../entrants.ts'
import { firstAnswer } from '../measurements/first-answer.ts'
import { idle } from '../measurements/idle.ts'
import {
  loadedWorkerProportional,
  loadedWorkerResident,
  supervisorResident,
  totalProportional,
  workerProportional,
  workerResident,
} from '../measurements/memory.ts'
import { warmUp } from '../measurements/warm-up.ts'
import type { Suite } from '../suite.ts'

export const restSuite: Suite = {
  name: 'rest',
  title: 'start, memory and idling, two workers',
  groups: [{ entrants: [bareNode, ...withWorkers(2, all)] }],
  measurements: [
    supervisorResident,
    workerResident,
    workerProportional,
    totalProportional,
    idle,
    { ...firstAnswer, perRound: 2 },
    warmUp,
    loadedWorkerResident,
    loadedWorkerProportional,
  ],
  maxRounds: 3,
}
