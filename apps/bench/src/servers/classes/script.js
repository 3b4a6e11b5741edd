/** A program that listens by itself. Arguments: PORT; under nunicorn it gets none, and its port is not used. */
import { createServer } from 'node:http'

import app from '../app.js'

createServer(app).listen(Number(process.argv[2] ?? 3000), '127.0.0.1')
