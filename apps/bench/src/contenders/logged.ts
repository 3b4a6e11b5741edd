import { join } from 'node:path'

import type { Contender } from '../contender.ts'
import { nunicorn } from './nunicorn.ts'

/** nunicorn with a line in a file for every request. */
export const logged: Contender = loggedAs('combined')
export const loggedAsJson: Contender = loggedAs('json')

function loggedAs(format: string): Contender {
  return {
    ...nunicorn,
    name: `nunicorn, access log (${format})`,
    async launch(wanted) {
      const { command, ...launch } = await nunicorn.launch(wanted)
      const file = join(wanted.folder, 'access.log')
      return {
        ...launch,
        command: [...command, `--access-logfile=${file}`, `--access-logformat=${format}`],
      }
    },
  }
}
