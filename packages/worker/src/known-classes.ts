/** A worker class of nunicorn's own. */
export interface KnownClass {
  readonly name: string
  /** One of its apps, for people. */
  readonly app: string
  /**
   * Whether `-k auto` has reason to import the class and ask it. Cheap, so that no framework is imported for an app that
   * cannot be one of its; `accepts` of the class has the last word. It leaves plain functions to http and fetch, where a
   * class that is named with -k may take them for factories and plugins.
   */
  mayTake(app: unknown): boolean
  /** Takes apps of other classes too, an Express app for one, so it is asked only when no other takes the app. */
  readonly general?: true
}

/** Those that `-k auto` and `nunicorn workers` know, by the NAME in `@nunicorn/worker-NAME`. */
export const knownClasses: readonly KnownClass[] = [
  {
    name: 'http',
    app: 'a (req, res) listener or an http.Server',
    // A listener of one parameter could not answer.
    mayTake: (app) => isFunction(app, (length) => length !== 1) || has(app, 'getConnections'),
    general: true,
  },
  {
    name: 'express',
    app: 'an Express app',
    mayTake: (app) => isFunction(app) && has(app, 'engine', 'set', 'use'),
  },
  {
    name: 'fastify',
    app: 'a Fastify app',
    mayTake: (app) =>
      has(app, 'inject', 'register', 'ready') ||
      (isFunction(app) && Symbol.for('plugin-meta') in (app as object)),
  },
  {
    name: 'hono',
    app: 'a Hono app',
    mayTake: (app) => has(app, 'fetch', 'route', 'getPath'),
  },
  {
    name: 'fetch',
    app: 'a fetch handler',
    mayTake: (app) => isFunction(app, (length) => length === 1) || has(app, 'fetch'),
  },
  {
    name: 'koa',
    app: 'a Koa app',
    mayTake: (app) => has(app, 'callback', 'createContext', 'use'),
  },
  {
    name: 'nest',
    app: 'a Nest application',
    mayTake: (app) => has(app, 'getHttpAdapter'),
  },
  {
    name: 'script',
    app: 'a program that calls listen() itself',
    // It takes a file, not what the file exports.
    mayTake: () => false,
  },
  {
    name: 'exec',
    app: 'a program and its arguments',
    mayTake: () => false,
  },
  {
    name: 'uvicorn',
    app: 'an ASGI app of Python, as module:attribute',
    mayTake: () => false,
  },
]

function isFunction(app: unknown, ofLength: (length: number) => boolean = () => true): boolean {
  return typeof app === 'function' && ofLength(app.length)
}

/** By its methods, as an app may come of any copy of its framework. */
function has(app: unknown, ...methods: readonly string[]): boolean {
  if ((typeof app !== 'object' && typeof app !== 'function') || app === null) return false
  const members = app as Readonly<Record<string, unknown>>
  return methods.every((method) => typeof members[method] === 'function')
}
