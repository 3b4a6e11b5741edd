/** The app as Watt likes it: a function that makes a server, for Watt to listen with and to close. */
import { createServer } from 'node:http'

import app from './app.js'

export function create() {
  return createServer(app)
}
