import { type MeasurementOfOne, measureOne } from '../measurement.ts'
import { startServer } from '../server.ts'

/** From spawning the command to the first answer, as a client sees it that keeps trying to connect. */
export const firstAnswer: MeasurementOfOne = {
  ...measureOne(
    { name: 'start to first answer', unit: 'ms', better: 'lower' },
    /** The server of the round has warmed the disk and the compile cache: this is another start. */
    async ({ entrant }, { signal }) => {
      await using server = await startServer(entrant, signal)
      return server.firstAnswerMs
    },
  ),
  perRound: 3,
}
