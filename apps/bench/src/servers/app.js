/**
 * The app that every contender serves. It names its process, so that the bench can see who answered.
 *
 * @type {import('node:http').RequestListener}
 */
export default function app(_request, response) {
  const body = `${JSON.stringify({ hello: 'world', pid: process.pid })}\n`
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
