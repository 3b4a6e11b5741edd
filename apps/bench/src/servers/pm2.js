/** The app with PM2's recipe for a graceful reload: it says when it is ready, and on SIGINT finishes what is in flight. */
import { createServer } from 'node:http'

import app from './app.js'

const server = createServer(app)
server.listen(Number(process.env.PORT), '127.0.0.1', () => process.send?.('ready'))
process.on('SIGINT', () => server.close(() => process.exit(0)))
