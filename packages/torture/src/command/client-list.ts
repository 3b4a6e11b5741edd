import type { ClientSpec, Errand } from '../clients.ts'
import { readCount } from './quantities.ts'

/** What the clients of a list have in common. */
export interface Manners {
  readonly connections: number
  readonly thinkMs: readonly number[]
  readonly uploadBytes: number
  readonly bytesPerSecond: number | undefined
  /** The request, on that path if one is given. */
  readonly requestOn: (path: string | undefined) => NonNullable<Errand['request']>
}

type Make = (number: number | undefined, manners: Manners, errand: Errand) => ClientSpec

const MOST_CLIENTS = 20_000
const MOST_PER_SECOND = 1_000_000
const USUAL_RATE = 250
const USUAL_PACE = 1_000_000

const CLIENTS: Readonly<Record<string, Make>> = {
  new: (number, { connections }, errand) => {
    return { kind: 'connection-per-request', concurrency: number ?? connections, ...errand }
  },
  'keep-alive': (number, { connections, thinkMs }, errand) => {
    return { kind: 'keep-alive', concurrency: number ?? connections, thinkMs, ...errand }
  },
  open: (number = USUAL_RATE, _, errand) => {
    return { kind: 'open-loop', ratePerSecond: number, ...errand }
  },
  rate: (number = USUAL_RATE, { connections }, errand) => {
    return { kind: 'fixed-rate', ratePerSecond: number, connections, ...errand }
  },
  pipeline: (number, { connections }, errand) => {
    return { kind: 'pipelining', concurrency: number ?? connections, ...errand }
  },
  upload: (number, { connections, uploadBytes: bytes, bytesPerSecond }, errand) => {
    const pace = bytesPerSecond === undefined ? {} : { bytesPerSecond }
    return { kind: 'upload', concurrency: number ?? connections, bytes, ...pace, ...errand }
  },
  'slow-read': (number, { connections, bytesPerSecond = USUAL_PACE }, errand) => {
    return { kind: 'slow-read', concurrency: number ?? connections, bytesPerSecond, ...errand }
  },
  'half-head': (number, { connections }, errand) => {
    return { kind: 'half-head', concurrency: number ?? connections, ...errand }
  },
  sse: (number, { connections }, errand) => {
    return { kind: 'server-sent-events', concurrency: number ?? connections, ...errand }
  },
  ws: (number, { connections, thinkMs }, errand) => {
    return { kind: 'websocket', concurrency: number ?? connections, thinkMs, ...errand }
  },
}

const RATES: readonly string[] = ['open', 'rate']

/**
 * Reads `new,keep-alive:32,sse:4:/events`.
 *
 * @param complain is called with what is wrong and its mend, for each item that is wrong
 */
export function readClientList(
  list: string,
  { manners, complain }: { manners: Manners; complain: (problem: string) => void },
): ClientSpec[] {
  return list.split(',').flatMap((item) => {
    const [, name = '', , number, , path] = /^([^:]*)(:(\d+))?(:(\/.*))?$/.exec(item) ?? []
    const make = Object.hasOwn(CLIENTS, name) ? CLIENTS[name] : undefined
    const problem = problemOf({ item, name, number })
    if (problem !== undefined || make === undefined) complain(problem ?? '')
    if (problem !== undefined || make === undefined) return []
    const errand = path === undefined ? {} : { request: manners.requestOn(path) }
    return [make(number === undefined ? undefined : Number(number), manners, errand)]
  })
}

interface Item {
  readonly item: string
  readonly name: string
  readonly number: string | undefined
}

function problemOf({ item, name, number }: Item): string | undefined {
  const known = Object.keys(CLIENTS).join(', ')
  if (!Object.hasOwn(CLIENTS, name)) {
    return `"${item}" is no client. Write NAME, NAME:NUMBER or NAME:NUMBER:/PATH with one of ${known}.`
  }
  const most = RATES.includes(name) ? MOST_PER_SECOND : MOST_CLIENTS
  if (number === undefined || readCount(number, most) !== undefined) return undefined
  return `"${item}": ${number} is not a number from 1 to ${most}.`
}
