import { isIPv6 } from 'node:net'
import { parseArgs } from 'node:util'

import type { LoadRequest } from '../request.ts'
import type { Target } from '../target.ts'
import { readClientList } from './client-list.ts'
import { type Flag, type FlagName, FLAGS } from './flags.ts'
import { type Action, type Plan, UsageError } from './plan.ts'
import { readCount, readSize, readTime } from './quantities.ts'

const TIME = 'a time such as 500ms, 10s or 2m'
const SIZE = 'a number of bytes such as 65536, 64kB or 10MB'
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/**
 * Reads a command line. Pure.
 *
 * @throws UsageError all that is wrong with it
 */
export function readPlan(argv: readonly string[]): Plan | 'help' | 'version' {
  const problems: string[] = []
  const given = readFlags(argv, problems)
  if (given.has('help')) return 'help'
  if (given.has('version')) return 'version'
  const plan = new PlanReader(given, problems).read()
  if (problems.length > 0) throw new UsageError(problems)
  return plan
}

interface Given {
  readonly urls: readonly string[]
  has(name: FlagName): boolean
  all(name: FlagName): readonly string[]
}

/** Not strict, so that it does not stop at the first thing that is wrong. */
function readFlags(argv: readonly string[], problems: string[]): Given {
  const options = Object.fromEntries(
    Object.entries<Flag>(FLAGS).map(([name, { value, short }]) => {
      const type = value === undefined ? ('boolean' as const) : ('string' as const)
      return [name, { type, multiple: true, ...(short !== undefined && { short }) }]
    }),
  )
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true })
  const urls: string[] = []
  let valueAt = -1
  const values = new Map<string, string[]>()
  for (const token of tokens) {
    // What stands behind a flag that is not known is taken for its value, which is one complaint fewer.
    if (token.kind === 'positional' && token.index !== valueAt) urls.push(token.value)
    if (token.kind !== 'option') continue
    const problem = problemWith(token, values)
    if (!Object.hasOwn(FLAGS, token.name)) valueAt = token.index + 1
    if (problem === undefined)
      values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? ''])
    else problems.push(problem)
  }
  return { urls, has: (name) => values.has(name), all: (name) => values.get(name) ?? [] }
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function problemWith(
  { name, rawName, value, inlineValue }: OptionToken,
  values: ReadonlyMap<string, unknown>,
): string | undefined {
  const flag: Flag | undefined = Object.hasOwn(FLAGS, name) ? FLAGS[name as FlagName] : undefined
  if (flag === undefined) return `${rawName} is no flag. torture --help lists them.`
  if (flag.value === undefined && value !== undefined) return `${rawName} takes no value.`
  if (flag.value !== undefined && (value === undefined || (!inlineValue && value.startsWith('--'))))
    return `${rawName} needs a value: ${rawName} ${flag.value}.`
  if (!flag.multiple && values.has(name)) return `${rawName} is given twice. Give it once.`
  return undefined
}

/** Reads one flag after the other, and notes what is wrong. */
class PlanReader {
  readonly #given: Given
  readonly #problems: string[]

  constructor(given: Given, problems: string[]) {
    this.#given = given
    this.#problems = problems
  }

  read(): Plan {
    const { url, target } = this.#where()
    const request = this.#request(url)
    const lists = this.#given.all('clients')
    const clientList = lists.length === 0 ? 'new,keep-alive' : lists.join(',')
    const { timeoutMs, durationMs, everyMs } = this.#times()
    const actions = this.#actions()
    if (actions.length > 0 && everyMs * 1.5 > durationMs) {
      this.#complain('--for is too short for --every: nothing would be done before its end.')
    }
    return {
      url: url.href,
      target,
      ownsHost: this.#given.has('i-own-this-host'),
      clientList,
      clients: this.#clients(clientList, request),
      request,
      durationMs,
      timeoutMs,
      actions,
      everyMs,
      json: this.#given.all('json').at(-1),
    }
  }

  #where(): { url: URL; target: Target } {
    const [text, ...more] = this.#given.urls
    const path = this.#given.all('unix').at(-1)
    if (more.length > 0)
      this.#complain(
        `${more.join(' ')}: one URL is enough; a command with blanks goes into quotes.`,
      )
    const url = this.#url(text ?? (path === undefined ? undefined : 'http://localhost/'))
    if (path !== undefined) return { url, target: { path } }
    const bare = url.hostname.replace(/^\[(.*)\]$/, '$1')
    const host = isIPv6(bare) ? bare : url.hostname
    return { url, target: { host, port: Number(url.port || 80) } }
  }

  #url(text: string | undefined): URL {
    const nowhere = new URL('http://localhost/')
    if (text === undefined) {
      this.#complain('No URL is given. Write one such as http://127.0.0.1:8000/, or --unix PATH.')
      return nowhere
    }
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url?.protocol === 'http:' && url.username === '') return url
    const mend =
      url?.protocol === 'https:'
        ? 'TLS is not spoken: aim behind it.'
        : 'Write one such as http://127.0.0.1:8000/.'
    this.#complain(`"${text}" is no http URL. ${mend}`)
    return nowhere
  }

  #times(): Pick<Plan, 'timeoutMs' | 'durationMs' | 'everyMs'> {
    return {
      timeoutMs: this.#one('timeout', '4s', readPositiveTime, TIME),
      durationMs: this.#one('for', '10s', readPositiveTime, TIME),
      everyMs: this.#one('every', '2s', readPositiveTime, TIME),
    }
  }

  #request(url: URL): LoadRequest {
    const method = this.#one(
      'method',
      'GET',
      (text) => (TOKEN.test(text) ? text : undefined),
      'a method such as POST',
    )
    const [body] = this.#given.all('body')
    // The host that was asked for, whatever address it has.
    const headers = { host: url.host, ...this.#headers() }
    return { method, path: url.pathname + url.search, headers, ...(body !== undefined && { body }) }
  }

  #headers(): Record<string, string> {
    const headers: Record<string, string> = {}
    for (const text of this.#given.all('header')) {
      const [, name = '', value = ''] = /^([^:]*): *(.*)$/.exec(text) ?? []
      if (TOKEN.test(name) && FIELD_VALUE.test(value)) headers[name.toLowerCase()] = value
      else this.#complain(`--header "${text}" is no header. Write 'Name: value'.`)
    }
    return headers
  }

  #clients(list: string, request: LoadRequest): Plan['clients'] {
    const connections = this.#one(
      'connections',
      '16',
      (text) => readCount(text, 20_000),
      'a number from 1 to 20000',
    )
    const thinkMs = this.#one('think', '0,5ms,50ms', readTimes, `times such as 0,5ms,50ms`)
    const uploadBytes = this.#one('size', '1MB', readSize, SIZE)
    const bytesPerSecond = this.#given.has('pace')
      ? this.#one('pace', '1MB', readSize, SIZE)
      : undefined
    const requestOn = (path: string | undefined): LoadRequest =>
      path === undefined ? request : { ...request, path }
    const manners = { connections, thinkMs, uploadBytes, bytesPerSecond, requestOn }
    return readClientList(list, {
      manners,
      complain: (problem) => this.#complain(`--clients ${problem}`),
    })
  }

  #actions(): Action[] {
    const read = (type: Action['type']): Action[] =>
      this.#given.all(type).map((command) => {
        if (command.trim() === '') this.#complain(`--${type} is empty. Write a command.`)
        if (type === 'kill' && /^[01]$/.test(command.trim()))
          this.#complain(`--kill ${command}: that process is never killed here.`)
        return { type, command }
      })
    const actions = [...read('do'), ...read('kill')]
    if (actions.length === 0 && this.#given.has('every')) {
      this.#complain('--every without --do or --kill: say what is to be done.')
    }
    return actions
  }

  #one<T>(name: FlagName, usual: string, read: (text: string) => T | undefined, what: string): T {
    const text = this.#given.all(name).at(-1) ?? usual
    const value = read(text)
    if (value === undefined) this.#complain(`--${name} "${text}" is not ${what}.`)
    return value ?? (read(usual) as T)
  }

  #complain(problem: string): void {
    this.#problems.push(problem)
  }
}

function readPositiveTime(text: string): number | undefined {
  return readTime(text) || undefined
}

function readTimes(text: string): number[] | undefined {
  const times = text.split(',').map(readTime)
  return times.every((time) => time !== undefined) ? times : undefined
}
