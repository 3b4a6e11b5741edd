import { Hono } from 'hono'

import { greeting } from '../greeting.js'

const app = new Hono()

app.get('/', (c) => c.json(greeting()))

export default app
