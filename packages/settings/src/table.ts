import type { Row } from './row.ts'

/** Every setting, by the name that it has in a config file. Adding a row here is all that a new setting takes. */
export const table = {
  app: {
    type: 'text',
    section: 'Config file',
    positional: true,
    required: true,
    gunicorn: 'wsgi_app',
    help: 'The app to serve: path, path:export or path:factory(). The path may leave out its extension.',
    onReload: 'applied',
  },
  config: {
    type: 'path',
    short: 'c',
    section: 'Config file',
    inFile: false,
    help: 'The config file. Without it nunicorn.config.ts, .js, .mjs or .json is used where there is one.',
    onReload: 'restart-needed',
  },

  bind: {
    type: 'addresses',
    short: 'b',
    default: ['127.0.0.1:8000'],
    section: 'Server socket',
    environment: { PORT: '0.0.0.0:$PORT' },
    help: 'An address to listen on: HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH.',
    onReload: 'applied',
  },
  backlog: {
    type: 'integer',
    minimum: 1,
    default: 2048,
    section: 'Server socket',
    help: 'How many connections may wait in the kernel until a worker accepts them.',
    onReload: 'applied',
  },
  balance: {
    type: 'choice',
    choices: ['slots', 'shared'],
    default: 'slots',
    section: 'Server socket',
    help: 'slots: every worker has a socket that its neighbour serves too (TCP on Linux). shared: one for all.',
    onReload: 'restart-needed',
  },
  rebalance: {
    type: 'switch',
    default: true,
    section: 'Server socket',
    help: 'With slots: a worker that holds more kept connections than its share lets some go, by Connection: close. --rebalance=false turns it off.',
    onReload: 'applied',
  },

  workers: {
    type: 'integer',
    minimum: 1,
    word: 'auto',
    short: 'w',
    default: 'auto',
    section: 'Worker processes',
    environment: { WEB_CONCURRENCY: '$WEB_CONCURRENCY' },
    help: 'The number of worker processes. auto is one per CPU that this process may really use.',
    onReload: 'applied',
  },
  workerClass: {
    type: 'text',
    short: 'k',
    default: 'auto',
    section: 'Worker processes',
    help: 'How the app is run: a short name (http is @nunicorn/worker-http), a package or a path. auto looks at the app.',
    onReload: 'applied',
  },
  timeout: {
    type: 'duration',
    minimum: 0,
    short: 't',
    default: '30s',
    section: 'Worker processes',
    help: 'A worker whose event loop is blocked for this long is killed and replaced. 0 turns it off.',
    onReload: 'applied',
  },
  gracefulTimeout: {
    type: 'duration',
    minimum: 0,
    default: '30s',
    section: 'Worker processes',
    help: 'How long a worker that stops may take to finish what it holds.',
    onReload: 'applied',
  },
  drainDelay: {
    type: 'duration',
    minimum: 0,
    default: 0,
    section: 'Worker processes',
    help: 'After TERM, how long to go on serving before the stop begins. Readiness says no at once, so that load balancers have time to send nothing more. A second TERM does not wait.',
    onReload: 'applied',
  },
  bootTimeout: {
    type: 'duration',
    minimum: 0,
    default: '60s',
    section: 'Worker processes',
    help: 'A worker that is not ready after this time is killed. 0 turns it off.',
    onReload: 'applied',
  },
  keepAlive: {
    type: 'duration',
    // Node takes a keep-alive timeout of 0 to mean "for ever", which nobody who writes 0 wants.
    minimum: 1,
    default: '5s',
    section: 'Worker processes',
    help: 'How long an idle connection is kept for its next request.',
    onReload: 'applied',
  },
  headerTimeout: {
    type: 'duration',
    minimum: 0,
    default: '60s',
    section: 'Worker processes',
    help: 'How long a client may take to send the head of a request; then it gets a 408. 0 turns it off.',
    onReload: 'applied',
  },
  bodyTimeout: {
    type: 'duration',
    minimum: 0,
    default: '5m',
    section: 'Worker processes',
    help: 'How long a client may take to send a whole request, head and body. 0 turns it off.',
    onReload: 'applied',
  },
  writeTimeout: {
    type: 'duration',
    minimum: 0,
    default: '60s',
    section: 'Worker processes',
    help: 'A client that takes nothing of its answer for this long is disconnected. 0 turns it off.',
    onReload: 'applied',
  },
  requestTimeout: {
    type: 'duration',
    minimum: 0,
    default: 0,
    section: 'Worker processes',
    help: 'If the app has not begun an HTTP/1 answer by then, the client gets a 503 and the answer is discarded; the worker lives on. Begun answers, streams and upgrades may take longer. 0 turns it off.',
    onReload: 'applied',
  },
  workerConnections: {
    type: 'integer',
    minimum: 0,
    // Gunicorn's 1000 bounds what its threads cost. Here a connection costs some kilobytes, and a number that nobody chose
    // would be a cliff for WebSockets and kept connections; descriptors, which do run out, are watched in any case.
    default: 0,
    section: 'Worker processes',
    help: 'A worker that holds this many connections accepts no more: others do, or they wait in the kernel. 0: as many as its file descriptors allow.',
    onReload: 'applied',
  },
  maxRequests: {
    type: 'integer',
    minimum: 0,
    default: 0,
    section: 'Worker processes',
    help: 'A worker is replaced after this many requests. 0 turns it off.',
    onReload: 'applied',
  },
  maxRequestsJitter: {
    type: 'integer',
    minimum: 0,
    default: 0,
    section: 'Worker processes',
    help: 'Up to this many requests are added at random to max-requests, so that workers do not leave together.',
    onReload: 'applied',
  },
  maxMemory: {
    type: 'size',
    minimum: 1_048_576,
    default: 0,
    section: 'Worker processes',
    help: 'A worker that uses more memory (its proportional set size, PSS) is replaced, its replacement first. 0 turns it off.',
    onReload: 'applied',
  },
  maxMemoryHard: {
    type: 'size',
    minimum: 1_048_576,
    default: 0,
    section: 'Worker processes',
    help: 'A worker that uses more than this is killed and replaced at once, even if it is stuck. 0 turns it off.',
    onReload: 'applied',
  },
  soak: {
    type: 'duration',
    minimum: 0,
    default: '2.5s',
    section: 'Worker processes',
    help: 'In a reload, how long the first new worker must live before the others are replaced.',
    onReload: 'applied',
  },

  checkConfig: {
    type: 'switch',
    default: false,
    section: 'Debugging',
    inFile: false,
    help: 'Check the settings and the app, then exit.',
    onReload: 'restart-needed',
  },
  printConfig: {
    type: 'switch',
    default: false,
    section: 'Debugging',
    inFile: false,
    help: 'Print every setting, its value and where that comes from, then exit.',
    onReload: 'restart-needed',
  },

  chdir: {
    type: 'path',
    section: 'Server mechanics',
    help: 'The directory to change to before the app is loaded.',
    onReload: 'applied',
  },
  env: {
    type: 'variables',
    short: 'e',
    default: {},
    section: 'Server mechanics',
    gunicorn: 'raw_env',
    help: 'An environment variable for the workers.',
    onReload: 'applied',
  },
  pid: {
    type: 'path',
    short: 'p',
    section: 'Server mechanics',
    gunicorn: 'pidfile',
    help: 'The file to write the process id of the arbiter to.',
    onReload: 'restart-needed',
  },

  logLevel: {
    type: 'choice',
    choices: ['debug', 'info', 'warning', 'error', 'critical'],
    default: 'info',
    section: 'Logging',
    help: 'The least severe messages that are logged.',
    onReload: 'applied',
  },

  reportDir: {
    type: 'path',
    section: 'Logging',
    help: "Where Node writes its report when a fatal error ends a worker. Without it in a temporary folder of the arbiter's own; the log says where.",
    onReload: 'applied',
  },

  name: {
    type: 'text',
    short: 'n',
    section: 'Process naming',
    gunicorn: 'proc_name',
    help: 'A name to show in the titles of the processes.',
    onReload: 'applied',
  },

  controlSocket: {
    type: 'pathOrOff',
    section: 'Control',
    help: "The Unix socket for nunicorn ctl, which only this user may use. Without it beside the pid file, else in the user's runtime folder; --control-socket=false does without.",
    onReload: 'restart-needed',
  },
} as const

export type SettingName = keyof typeof table

/** The table as rows that are all of one type. (Isolated declarations cannot see a type through `satisfies`.) */
export const rows: Readonly<Record<SettingName, Row>> = table

export const settingNames: readonly SettingName[] = Object.keys(table) as SettingName[]
