import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'

import { until } from './until.ts'

/** Why the tests with nginx are skipped; empty if they are not. */
export const nginxMissing: string = (() => {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' })
    return ''
  } catch {
    return 'nginx is not installed'
  }
})()

/** An nginx of its own, in a folder of its own. */
export interface Nginx extends AsyncDisposable {
  readonly port: number
  /** Takes another site, as `nginx -s reload` does; resolves when only new workers accept. */
  reload(site: string): Promise<void>
  /** Ends it gracefully: it accepts no more, and finishes what it has begun. */
  quit(): Promise<void>
  /** What its error log says. */
  errors(): string
}

/** A port that nobody uses at the moment. nginx cannot say which one it was given. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Starts nginx with a site that listens on `port`; `main` is its whole configuration but for that, given its folder. */
export async function startNginx(
  directory: string,
  {
    port,
    site,
    main = mainConfiguration,
  }: { readonly port: number; readonly site: string; readonly main?: (folder: string) => string },
): Promise<Nginx> {
  const folder = join(directory, 'nginx')
  await mkdir(folder, { recursive: true })
  const write = async (text: string): Promise<void> => {
    await writeFile(join(folder, 'site.conf'), text)
    await writeFile(join(folder, 'nginx.conf'), asOwner() + main(folder))
  }
  await write(site)
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf')]
  execFileSync('nginx', ['-t', ...args], { stdio: 'pipe' })
  const process = spawn('nginx', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  process.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  await until(() => accepts(port))
  return {
    port,
    async reload(next) {
      await write(next)
      const before = childrenOf(process)
      process.kill('SIGHUP')
      await until(() => childrenOf(process).some((pid) => !before.includes(pid)))
    },
    async quit() {
      process.kill('SIGQUIT')
      await once(process, 'exit')
    },
    errors: () => errors,
    async [Symbol.asyncDispose]() {
      if (process.exitCode !== null || process.signalCode !== null) return
      process.kill('SIGTERM')
      await once(process, 'exit')
    },
  }
}

/** Workers run as the user who owns the sockets of the test. */
function asOwner(): string {
  return process.getuid?.() === 0 ? 'user root;\n' : ''
}

function mainConfiguration(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${folder}/${name};\n`)
    .join('')
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off;
${temporary}  include ${folder}/site.conf;
}
`
}

function childrenOf({ pid }: ChildProcess): readonly number[] {
  try {
    const found = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
    return found.split('\n').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
