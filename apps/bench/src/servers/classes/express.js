import express from 'express'

import { greeting } from '../greeting.js'

const app = express()

app.get('/', (_request, response) => response.json(greeting()))

export default app
