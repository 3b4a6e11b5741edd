/** Arguments: PORT. */
import app from './fastify.js'

await app.listen({ port: Number(process.argv[2]), host: '127.0.0.1' })
