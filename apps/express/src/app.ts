import express, { type ErrorRequestHandler } from 'express'

const app = express()

/** Which worker answered, and whom. */
app.get('/', (request, response) => {
  response.json({
    worker: Number(process.env['NUNICORN_WORKER']),
    pid: process.pid,
    you: request.ip,
  })
})

/** The sum of a list of numbers. */
app.post('/sum', express.json(), (request, response) => {
  const numbers = request.body as readonly number[]
  response.json({ sum: numbers.reduce((sum, number) => sum + number, 0) })
})

/** The time, every second, until the client leaves. */
app.get('/time', (_request, response) => {
  response.type('text/event-stream')
  const send = (): boolean => response.write(`data: ${new Date().toISOString()}\n\n`)
  const timer = setInterval(send, 1_000)
  response.on('close', () => clearInterval(timer))
  send()
})

/** What is no JSON is the client's mistake (400), what is no list is ours. */
const answerError: ErrorRequestHandler = (
  error: Error & { readonly status?: number },
  _request,
  response,
  _next,
) => {
  response.status(error.status ?? 500).json({ error: error.message })
}

export default app.use(answerError)
