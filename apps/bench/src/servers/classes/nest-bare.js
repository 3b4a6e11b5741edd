/** Arguments: PORT. */
import app from './nest.js'

await app.listen(Number(process.argv[2]), '127.0.0.1')
