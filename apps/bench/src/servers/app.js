import { pbkdf2Sync } from 'node:crypto'

import { greeting } from './greeting.js'

/**
 * The app that every contender serves.
 *
 * @type {import('node:http').RequestListener}
 */
export default function app({ url }, response) {
  switch (url) {
    case '/large':
      return send(response, large)
    case '/compute':
      work()
      return send(response, greet())
    case '/mixed':
      work()
      return wait(response)
    case '/slow':
      return wait(response)
    case '/blocking':
      block()
      return send(response, greet())
    default:
      return send(response, greet())
  }
}

/** 100 KB. */
const large = JSON.stringify('x'.repeat(100_000 - 2))

function greet() {
  return `${JSON.stringify(greeting())}\n`
}

/** As for a database that takes 10 to 30 ms. @param {import('node:http').ServerResponse} response */
function wait(response) {
  setTimeout(() => send(response, greet()), 10 + Math.random() * 20)
}

/** As for a file or a database that is read synchronously: 20 ms in which the worker does nothing else, and needs no CPU. */
function block() {
  Atomics.wait(neverWoken, 0, 0, 20)
}

const neverWoken = new Int32Array(new SharedArrayBuffer(4))

/** About a millisecond of CPU time, in OpenSSL, so that it is as much in every language. */
function work() {
  pbkdf2Sync('password', 'salt', 8_000, 32, 'sha256')
}

/** @param {import('node:http').ServerResponse} response @param {string} body */
function send(response, body) {
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
