import type { AccessEntry } from '@nunicorn/contract'

import { clockText } from './clock-text.ts'
import { escapeField, escapeText } from './escape.ts'
import { type Line, type LineOptions, statusOf, userOf } from './line.ts'

/** The format that Apache calls combined, and Gunicorn's default. */
export const combined = '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"'

const nothing = '-'

/**
 * Compiles a format string of Gunicorn's: `%(NAME)s` stands for a value, `%%` for a percent sign. What is not known is `-`.
 * Ours are `%(id)s`, the request's id, and `%(outcome)s`, what became of it.
 */
export function compileFormat(format: string, options: LineOptions): Line {
  const atoms = atomsFor(options)
  const parts = [...format.matchAll(/%\(([^)]*)\)s|%%|[^%]+|%/g)].map(([text, name]) =>
    name === undefined ? literal(text === '%%' ? '%' : text) : atomOf(name, { atoms, options }),
  )
  return (entry, limit) => {
    let line = ''
    for (const part of parts) line += part(entry, limit)
    return line
  }
}

type Atom = (entry: AccessEntry, limit: number | undefined) => string

function literal(text: string): Atom {
  return () => text
}

function atomOf(
  name: string,
  { atoms, options }: { readonly atoms: Atoms; readonly options: LineOptions },
): Atom {
  const [, of = '', kind] = /^\{(.*)\}([ioe])$/.exec(name) ?? []
  const header = of.toLowerCase()
  switch (kind) {
    case 'i':
      return quoted((entry) => entry.requestHeader(header))
    case 'o':
      return quoted((entry) => entry.answerHeader(header))
    case 'e':
      return quoted(() => (options.env ?? process.env)[of])
    default:
      return Object.hasOwn(atoms, name) ? atoms[name]! : literal(nothing)
  }
}

type Atoms = Readonly<Record<string, Atom>>

function atomsFor({ pid, requestIdHeader, now }: LineOptions): Atoms {
  const clock = clockText(now)
  return {
    h: ({ remoteAddress }) => remoteAddress ?? nothing,
    l: literal(nothing),
    u(entry, limit) {
      const user = userOf(entry)
      return user === undefined ? nothing : escapeField(user, limit)
    },
    t: () => clock.common(),
    r: quoted(({ method, url, protocol }) => method && `${method} ${url} ${protocol}`),
    m: quoted(({ method }) => method),
    U: quoted(({ url }) => url && decode(pathOf(url))),
    q: quoted(({ url }) => url && queryOf(url)),
    H: quoted(({ protocol }) => protocol),
    s: (entry) => String(statusOf(entry) ?? nothing),
    b: bytes,
    B: bytes,
    f: quoted((entry) => entry.requestHeader('referer')),
    a: quoted((entry) => entry.requestHeader('user-agent')),
    T: (entry) => String(Math.trunc(tookMs(entry) / 1_000)),
    M: (entry) => String(Math.trunc(tookMs(entry))),
    D: (entry) => String(Math.trunc(tookMs(entry) * 1_000)),
    L: (entry) => (tookMs(entry) / 1_000).toFixed(6),
    p: literal(`<${pid}>`),
    id: quoted((entry) =>
      requestIdHeader === undefined ? undefined : entry.requestHeader(requestIdHeader),
    ),
    outcome: ({ ending }) => ending ?? nothing,
  }
}

/** A value that a client, or the app, may have written. */
function quoted(read: (entry: AccessEntry) => string | undefined): Atom {
  return (entry, limit) => {
    const value = read(entry)
    return value === undefined ? nothing : escapeText(value, limit)
  }
}

function bytes({ bytes: count }: AccessEntry): string {
  return String(count ?? nothing)
}

function tookMs({ startedAt, endedAt }: AccessEntry): number {
  return endedAt - startedAt
}

function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

function queryOf(url: string): string {
  const start = url.indexOf('?')
  return start === -1 ? '' : url.slice(start + 1)
}

/** To bytes, one character each: as what they are meant is not for a log to say. */
function decode(path: string): string {
  return path.replaceAll(/%([\da-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
}
