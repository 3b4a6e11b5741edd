import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Contender } from '../contender.ts'
import { nunicorn } from './nunicorn.ts'

const scraper = fileURLToPath(import.meta.resolve('../servers/scraped.js'))

/** nunicorn whose metrics somebody reads. */
export const scraped: Contender = {
  ...nunicorn,
  name: 'nunicorn, scraped',
  async launch(wanted) {
    const { command, ...launch } = await nunicorn.launch(wanted)
    const socket = join(wanted.folder, 'admin.sock')
    return {
      ...launch,
      command: [process.execPath, scraper, socket, ...command, `--admin=unix:${socket}`],
    }
  },
}
