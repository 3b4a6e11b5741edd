import { fileURLToPath } from 'node:url'

import { NunicornError, type ProgramClass, type ProgramOrder } from '@nunicorn/contract'

import { findPython, inspectPython } from './python.ts'

const shim = fileURLToPath(new URL('../python/nunicorn_uvicorn.py', import.meta.url))

/** `-k uvicorn`: APP is an ASGI app of Python, which uvicorn serves. */
export const uvicornClass: ProgramClass = {
  contract: 1,
  name: 'uvicorn',
  takes: 'an ASGI app of Python, as module:attribute',
  async program(order) {
    refuseFiles(order.app)
    const python = findPython(order)
    const { version, uvicorn } = await inspectPython(python, order)
    const words = [shim, ...optionsOf(order), ...order.appArguments, order.app]
    return {
      name: 'uvicorn',
      command: [python, ...words],
      check: [python, shim, '--nunicorn-check', ...words.slice(1)],
      checked: `${order.app} can be imported; it was not started, and its lifespan was not run`,
      env: environmentOf(order),
      readiness: 'notify',
      listens: true,
      why: `uvicorn ${uvicorn}, Python ${version}, ${python}`,
    }
  },
}

/** What the shim hands on to uvicorn's own command line, before what the user gives it; a variable of uvicorn's says more than a default of ours. */
function optionsOf({ env, settings }: ProgramOrder): readonly string[] {
  const { backlog, keepAliveMs, logLevel, accessLog, forwardedAllowIps } = settings
  return [
    '--backlog',
    String(backlog),
    '--timeout-keep-alive',
    String(Math.max(1, Math.round(keepAliveMs / 1_000))),
    ...(env['UVICORN_LOG_LEVEL'] ? [] : ['--log-level', logLevel]),
    ...(accessLog === undefined ? [] : [accessLog ? '--access-log' : '--no-access-log']),
    ...(forwardedAllowIps === undefined ? [] : ['--forwarded-allow-ips', forwardedAllowIps]),
  ]
}

function environmentOf({ env, workerClass }: ProgramOrder): Readonly<Record<string, string>> {
  return {
    // What the app prints is to be in the log when it dies.
    PYTHONUNBUFFERED: env['PYTHONUNBUFFERED'] ?? '1',
    ...(workerClass.endsWith('UvicornH11Worker') && {
      UVICORN_HTTP: 'h11',
      UVICORN_LOOP: 'asyncio',
    }),
  }
}

/** The first mistake of who comes from a server of files. */
function refuseFiles(app: string): void {
  const [, path] = /^(.+)\.py(?::.*)?$/.exec(app) ?? []
  if (path === undefined) return
  const module = path.replace(/^\.\//, '').replaceAll('/', '.')
  throw new NunicornError({
    code: 'bad-app',
    message: `APP ${JSON.stringify(app)} is a file, and uvicorn takes a module and the name of the app in it.`,
    hint: `Write ${module}:app, or whatever the app is called there.`,
  })
}
