import { ask } from '../ask.ts'
import type { Measurement } from '../measurement.ts'

/** How evenly connections that stay open are spread over the workers: the most that one has, by what each should have. */
export const connectionSpread: Measurement = {
  name: 'spread of 64 connections over the workers',
  unit: 'max/mean',
  better: 'lower',
  async measure({ entrant, server }) {
    if (entrant.workers === 1) return undefined
    const answers = await Promise.all(Array.from({ length: connections }, () => ask(server.port)))
    await Promise.all(answers.map(({ connection }) => connection.close()))
    const counts = server.workerPids.map((own) => answers.filter(({ pid }) => pid === own).length)
    return Math.max(...counts) / (connections / entrant.workers)
  },
}

const connections = 64
