import Koa from 'koa'

import { greeting } from '../greeting.js'

const app = new Koa()

app.use((context) => {
  context.body = greeting()
})

export default app
