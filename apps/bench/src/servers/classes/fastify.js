import Fastify from 'fastify'

import { greeting } from '../greeting.js'

const app = Fastify()

app.get('/', async () => greeting())

export default app
