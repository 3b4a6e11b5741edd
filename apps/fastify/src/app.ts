import websocket from '@fastify/websocket'
import Fastify from 'fastify'

const app = Fastify()

/** Which worker answered. */
app.get('/', async () => ({ worker: Number(process.env['NUNICORN_WORKER']), pid: process.pid }))

/** The sum of a list of numbers; anything else is refused by the schema. */
const numbers = { type: 'array', items: { type: 'number' } }
app.post<{ Body: number[] }>('/sum', { schema: { body: numbers } }, async ({ body }) => ({
  sum: body.reduce((sum, number) => sum + number, 0),
}))

/** A WebSocket that says what it is told. */
await app.register(websocket)
app.get('/echo', { websocket: true }, (socket) => {
  socket.on('message', (message: Buffer) => socket.send(message.toString()))
})

app.addHook('onClose', async () => console.log('The last answer is out: closing the database'))

export default app
