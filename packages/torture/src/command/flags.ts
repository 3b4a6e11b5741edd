/** One flag of the command: what is typed, and what `--help` says. */
export interface Flag {
  /** What its value is called; none, if it takes none. */
  readonly value?: string
  readonly help: string
  /** May be given several times. */
  readonly multiple?: true
  readonly short?: string
}

export type FlagName =
  | 'clients'
  | 'connections'
  | 'for'
  | 'do'
  | 'kill'
  | 'every'
  | 'timeout'
  | 'think'
  | 'method'
  | 'header'
  | 'body'
  | 'size'
  | 'pace'
  | 'unix'
  | 'json'
  | 'i-own-this-host'
  | 'version'
  | 'help'

/** The flags, from which parsing and help are derived. */
export const FLAGS: Readonly<Record<FlagName, Flag>> = {
  clients: {
    value: 'LIST',
    multiple: true,
    help: 'who asks, with commas between (new,keep-alive); see below',
  },
  connections: { value: 'N', help: 'how many of each kind, where the list does not say (16)' },
  for: { value: 'TIME', help: 'how long (10s)' },
  do: {
    value: 'COMMAND',
    multiple: true,
    help: 'what is done to the server meanwhile, by a shell; several take turns',
  },
  kill: {
    value: 'PID|COMMAND',
    multiple: true,
    help: 'stops the process (or the one whose pid the command prints), notes which connections it holds, and kills it: what it held counts as excused. Takes turns with --do. Linux',
  },
  every: { value: 'TIME', help: 'how long from one of these to the next (2s)' },
  timeout: { value: 'TIME', help: 'how long an answer may take (4s)' },
  think: { value: 'TIMES', help: 'pauses of keep-alive and ws, taken in turn (0,5ms,50ms)' },
  method: { value: 'NAME', help: 'of the requests (GET)' },
  header: { value: "'NAME: VALUE'", multiple: true, help: 'of the requests' },
  body: { value: 'TEXT', help: 'of the requests' },
  size: { value: 'BYTES', help: 'of an upload (1MB)' },
  pace: { value: 'BYTES', help: 'a second, of an upload (any) and of slow-read (1MB)' },
  unix: { value: 'PATH', help: 'connects to this Unix socket instead of the host of the URL' },
  json: { value: 'FILE', help: 'writes all that was found to a file, or - to stdout' },
  'i-own-this-host': { help: 'lets the URL name another machine than this one' },
  version: { help: 'prints the version' },
  help: { short: 'h', help: 'prints this' },
}

const SAMPLE = `torture http://127.0.0.1:8000/ --do 'kill -HUP 4711' --every 2s`

const CLIENTS = `Clients: NAME, NAME:NUMBER, NAME:/PATH or NAME:NUMBER:/PATH. The path is that of the URL, unless given.
  new         a connection for each request
  keep-alive  request after request on a kept connection, with pauses (--think)
  open        NUMBER requests a second (250), each on a new connection, however slow the answers are
  rate        NUMBER requests a second (250) over --connections kept ones; waits count from the due time
  pipeline    eight requests in one packet
  upload      a body of --size bytes; a SHA-256 in the answer must be right
  slow-read   takes its time to read the answer (--pace)
  half-head   half a head, and then nothing: 408, closed or held
  sse         an endless stream of server-sent events
  ws          a WebSocket whose server echoes what it is sent`

const EXIT_CODES = `Exit code: 0 nothing lost, 1 something lost, 2 not tried (bad usage, nobody listens) or not as told (--do failed).`

export function helpText(): string {
  const left = Object.entries<Flag>(FLAGS).map(([name, flag]) => {
    const short = flag.short === undefined ? '' : `-${flag.short}, `
    return `  ${short}--${name}${flag.value === undefined ? '' : ` ${flag.value}`}`
  })
  const width = Math.max(...left.map(({ length }) => length)) + 2
  const flags = Object.values<Flag>(FLAGS).map(({ help }, index) => {
    return (left[index] ?? '').padEnd(width) + wrap(help, width)
  })
  return [
    'Asks an HTTP server without ever retrying, while you do things to it, and says what was lost.',
    `Usage: torture URL [flags]\n  ${SAMPLE}`,
    flags.join('\n'),
    CLIENTS,
    EXIT_CODES,
  ].join('\n\n')
}

function wrap(text: string, indent: number): string {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && indent + line.length + word.length > 98) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join(`\n${' '.repeat(indent)}`)
}
