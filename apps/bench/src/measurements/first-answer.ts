import type { Measurement } from '../measurement.ts'
import { startServer } from '../server.ts'

/** From spawning the command to the first answer, as a client sees it that keeps trying to connect. */
export const firstAnswer: Measurement = {
  name: 'start to first answer',
  unit: 'ms',
  better: 'lower',
  perRound: 3,
  /** The server of the round has warmed the disk and the compile cache: this is another start. */
  async measure({ entrant }, { signal }) {
    await using server = await startServer(entrant, signal)
    return server.firstAnswerMs
  },
}
