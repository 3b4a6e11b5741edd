/** The bridge with the options that `-k fetch` gives it. Arguments: PORT. */
import { createServer } from 'node:http'

import { getRequestListener } from '@hono/node-server'

import app from './fetch.js'

const answerFailure = () => new Response('Internal Server Error\n', { status: 500 })
const options = { hostname: 'localhost', errorHandler: answerFailure }

const listener = /** @type {import('node:http').RequestListener} */ (
  getRequestListener(app.fetch, options)
)

createServer(listener).listen(Number(process.argv[2]), '127.0.0.1')
