/** Arguments: PORT. */
import app from './koa.js'

app.listen(Number(process.argv[2]), '127.0.0.1')
