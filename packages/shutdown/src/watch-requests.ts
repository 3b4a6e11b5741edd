import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import type { Http1, HttpMessages } from './http1.ts'

/**
 * Tells `http1` of each HTTP/1 request of `server` before any listener sees it, and of each answer that has ended.
 *
 * By Node's diagnostics channels and not by listeners: they cost next to nothing, say when an answer has ended without a
 * listener on every answer, and make no statement about what the server can do (see listen-alongside.ts).
 *
 * @returns a function that ends it
 */
export function watchRequests(server: object, http1: Http1): () => void {
  const begin = (message: unknown): void => {
    if (isOf(message, server)) http1.begin(message)
  }
  const end = (message: unknown): void => {
    if (isOf(message, server)) http1.end(message)
  }
  subscribe('http.server.request.start', begin)
  subscribe('http.server.response.finish', end)
  return () => {
    unsubscribe('http.server.request.start', begin)
    unsubscribe('http.server.response.finish', end)
  }
}

/** The channels speak of every server in the process. */
function isOf(message: unknown, server: object): message is HttpMessages {
  return (message as { readonly server: object }).server === server
}
