/**
 * One process that closes gracefully on TERM and INT, as node's documentation shows it. Arguments: PORT APP [reuse-port].
 * Without a supervisor several of them share the port (SO_REUSEPORT); PM2 runs it as it is.
 */
import { createServer } from 'node:http'

const [port, app, how] = process.argv.slice(2)
const { default: exported } = await import(app)
const server = typeof exported === 'function' ? createServer(exported) : exported

server.listen({ port: Number(port), host: '127.0.0.1', reusePort: how === 'reuse-port' }, () =>
  process.send?.('ready'),
)
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, () => {
    server.close(() => process.exit(0))
    setTimeout(() => process.exit(1), 5_000).unref()
  })
