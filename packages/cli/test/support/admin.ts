import { get as httpGet, type IncomingHttpHeaders } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

import type { FleetStatus } from '@nunicorn/contract'

import type { Nunicorn } from './nunicorn.ts'

/** A client of the admin address. */
export interface AdminClient {
  /** Where it is, to be connected to. */
  readonly place: Place
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<AdminAnswer>
  status(): Promise<FleetStatus>
  /** The samples of the metrics, by name and labels as they are written. */
  metrics(): Promise<ReadonlyMap<string, number>>
}

export type Place = { readonly host: string; readonly port: number } | { readonly path: string }

export interface AdminAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly tookMs: number
}

/** Waits until the admin address is there. */
export async function adminOf(nunicorn: Nunicorn): Promise<AdminClient> {
  const [, host = '', port = '', path = ''] = await nunicorn.log.waitFor(
    /Admin address: (?:http:\/\/(.+):(\d+)|unix:(\S+))$/,
  )
  return adminClient(path === '' ? { host, port: Number(port) } : { path })
}

export function adminClient(place: Place): AdminClient {
  const get: AdminClient['get'] = (path, headers = {}) =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now()
      const options =
        'path' in place ? { socketPath: place.path } : { host: place.host, port: place.port }
      httpGet({ ...options, path, headers, agent: false }, async (response) => {
        const body = await text(response)
        const tookMs = performance.now() - startedAt
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, tookMs })
      }).on('error', reject)
    })
  return {
    place,
    get,
    status: async () => JSON.parse((await get('/status')).body) as FleetStatus,
    metrics: async () => samplesOf((await get('/metrics')).body),
  }
}

/** A connection on which the client does what it likes. */
export async function rawConnection(place: Place): Promise<Socket> {
  const socket = connect(place)
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return socket.on('error', () => {})
}

function samplesOf(page: string): ReadonlyMap<string, number> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ')
      return [line.slice(0, end), Number(line.slice(end + 1))]
    }),
  )
}
