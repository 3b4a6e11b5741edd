import { createServer } from 'node:http'

import { startTestWorker, urlOf } from '@nunicorn/testing'
import express, { type ErrorRequestHandler } from 'express'
import { describe, expect, it } from 'vitest'

import { expressClass } from '../src/index.ts'
import { majors } from './majors.ts'

const teapot: ErrorRequestHandler = (error: Error, _request, response, _next) => {
  response.status(418).json({ error: error.message })
}

describe.each(majors)('an app of $major', ({ express }) => {
  it.each([
    { way: 'thrown', path: '/thrown' },
    { way: 'given to next()', path: '/next' },
  ])('has its own error handler answer an error that is $way', async ({ path }) => {
    const app = express()
      .get('/thrown', () => {
        throw new Error('on purpose')
      })
      .get('/next', (_request, _response, next) => next(new Error('on purpose')))
      .use(teapot)
    await using worker = await startTestWorker(expressClass, { app })
    const response = await fetch(urlOf(worker, path))
    expect(response.status).toBe(418)
    expect(await response.json()).toEqual({ error: 'on purpose' })
    expect(worker.logged).toEqual([])
  })

  it('streams: what is written reaches the client before the answer has ended', async () => {
    const gate = Promise.withResolvers<void>()
    const app = express().get('/', (_request, response) => {
      response.write('first')
      void gate.promise.then(() => response.end('last'))
    })
    await using worker = await startTestWorker(expressClass, { app })
    const { body } = await fetch(urlOf(worker))
    const chunks = body!.pipeThrough(new TextDecoderStream()).getReader()
    expect(await chunks.read()).toEqual({ done: false, value: 'first' })
    gate.resolve()
    expect(await chunks.read()).toEqual({ done: false, value: 'last' })
    expect(await chunks.read()).toEqual({ done: true, value: undefined })
  })

  it.each([
    { trust: false, seen: { ip: '127.0.0.1', protocol: 'http' } },
    { trust: true, seen: { ip: '203.0.113.7', protocol: 'https' } },
  ])('trusts a proxy only if told so: trust proxy = $trust', async ({ trust, seen }) => {
    const app = express()
      .set('trust proxy', trust)
      .get('/', ({ ip, protocol }, response) => void response.json({ ip, protocol }))
    await using worker = await startTestWorker(expressClass, { app })
    const forwarded = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' }
    const response = await fetch(urlOf(worker), { headers: forwarded })
    expect(await response.json()).toEqual(seen)
  })

  it('keeps every setting as it was', async () => {
    const app = express()
    const before = { ...app.settings }
    await using _worker = await startTestWorker(expressClass, { app })
    expect(app.settings).toEqual(before)
  })

  it('is recognised', () => expect(expressClass.accepts?.(express())).toBe(true))

  it('is told from a router', () => expect(expressClass.accepts?.(express.Router())).toBe(false))
})

it('has the error handler of Express 5 answer a rejection', async () => {
  const app = express()
    .get('/', () => Promise.reject(new Error('on purpose')))
    .use(teapot)
  await using worker = await startTestWorker(expressClass, { app })
  const response = await fetch(urlOf(worker))
  expect(response.status).toBe(418)
  expect(worker.logged).toEqual([])
})

it.each([
  ['a listener', (): void => {}],
  ['an http.Server', createServer()],
  ['an app of connect', Object.assign(() => {}, { use() {}, handle() {}, listen() {}, stack: [] })],
  ['a class', class App {}],
  ['the express function', express],
  ['an app of another framework', { use() {}, callback() {}, fetch() {} }],
])('does not take %s', (_what, app) => expect(expressClass.accepts?.(app)).toBe(false))
