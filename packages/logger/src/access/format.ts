import type { AccessEntry } from '@nunicorn/contract'

import { clockText } from './clock-text.ts'
import { escapeField } from './escape.ts'
import type { LineBytes } from './line-bytes.ts'
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
  const parts: Part[] = []
  let text = ''
  for (const [part, name] of format.matchAll(/%\(([^)]*)\)s|%%|[^%]+|%/g)) {
    if (name === undefined) text += part === '%%' ? '%' : part
    else {
      parts.push({ before: asBytes(text), add: atomOf(name, { atoms, options }) })
      text = ''
    }
  }
  const end = asBytes(text)
  return (entry, line, limit) => {
    for (const { before, add } of parts) {
      line.text(before)
      add(entry, line, limit)
    }
    line.text(end)
  }
}

interface Part {
  readonly before: string
  readonly add: Atom
}

/** Each byte of `text` as a character. */
function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1')
}

type Atom = (entry: AccessEntry, line: LineBytes, limit: number | undefined) => void

function literal(text: string): Atom {
  return (_entry, line) => line.text(text)
}

/** A value that no client can have written. */
function plain(read: (entry: AccessEntry) => string | number | undefined): Atom {
  return (entry, line) => line.text(String(read(entry) ?? nothing))
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
    h: plain(({ remoteAddress }) => remoteAddress),
    l: literal(nothing),
    u(entry, line, limit) {
      const user = userOf(entry)
      line.text(user === undefined ? nothing : escapeField(user, limit))
    },
    t: plain(() => clock.common()),
    r: quoted(({ method, url, protocol }) => method && `${method} ${url} ${protocol}`),
    m: quoted(({ method }) => method),
    U: quoted(({ url }) => url && decode(pathOf(url))),
    q: quoted(({ url }) => url && queryOf(url)),
    H: quoted(({ protocol }) => protocol),
    s: plain(statusOf),
    b: plain(({ bytes }) => bytes),
    B: plain(({ bytes }) => bytes),
    f: quoted((entry) => entry.requestHeader('referer')),
    a: quoted((entry) => entry.requestHeader('user-agent')),
    T: plain((entry) => Math.trunc(tookMs(entry) / 1_000)),
    M: plain((entry) => Math.trunc(tookMs(entry))),
    D: plain((entry) => Math.trunc(tookMs(entry) * 1_000)),
    L: plain((entry) => (tookMs(entry) / 1_000).toFixed(6)),
    p: literal(`<${pid}>`),
    id: quoted((entry) =>
      requestIdHeader === undefined ? undefined : entry.requestHeader(requestIdHeader),
    ),
    outcome: plain(({ ending }) => ending),
  }
}

/** A value that a client, or the app, may have written. */
function quoted(read: (entry: AccessEntry) => string | undefined): Atom {
  return (entry, line, limit) => {
    const value = read(entry)
    if (value === undefined) line.text(nothing)
    else line.escaped(value, limit)
  }
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
