import { PassThrough } from 'node:stream'
import { json } from 'node:stream/consumers'

import Koa, { type Context } from 'koa'

type Route = (context: Context) => void | Promise<void>

const routes: Readonly<Record<string, Route>> = {
  /** Which worker answered, and whom. */
  'GET /': (context) => {
    context.body = {
      worker: Number(process.env['NUNICORN_WORKER']),
      pid: process.pid,
      you: context.ip,
    }
  },

  /** The sum of a list of numbers. */
  'POST /sum': async (context) => {
    const numbers = await json(context.req).catch(() => undefined)
    if (!Array.isArray(numbers)) return context.throw(400, 'expected a list of numbers')
    context.body = { sum: numbers.map(Number).reduce((sum, number) => sum + number, 0) }
  },

  /** The time, every second, until the client leaves. */
  'GET /time': (context) => {
    const events = new PassThrough()
    const send = (): boolean => events.write(`data: ${new Date().toISOString()}\n\n`)
    const timer = setInterval(send, 1_000)
    events.on('close', () => clearInterval(timer))
    send()
    context.type = 'text/event-stream'
    context.body = events
  },
}

const app = new Koa()

app.use(async (context) => {
  await routes[`${context.method} ${context.path}`]?.(context)
})

/** A client that leaves an event stream is no error. */
app.on('error', (error: Error, context: Context) => {
  if (context.writable) console.error(error)
})

export default app
