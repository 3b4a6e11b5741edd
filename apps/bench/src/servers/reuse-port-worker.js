/** Arguments: PORT. */
import { createServer } from 'node:http'

import app from './app.js'

createServer(app).listen({ port: Number(process.argv[2]), host: '127.0.0.1', reusePort: true })
