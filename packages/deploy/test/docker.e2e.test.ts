import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

import { expect, it } from 'vitest'

import { deploy } from '../src/index.ts'
import { buildImage, type Image } from './image.ts'
import { startRegistry } from './registry.ts'
import { placeOf, settingsFrom } from './resolved.ts'

const run = promisify(execFile)

const source = `import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
const ms = createRequire(import.meta.url)('ms')
const built = readFileSync(new URL('./built.txt', import.meta.url), 'utf8')
export default (request, response) => response.end(built + ' ' + ms('1s') + ' ' + process.getuid())
`

const buildScript = `import { createRequire } from 'node:module'
const isNumber = createRequire(import.meta.url)('is-number')
import { writeFileSync } from 'node:fs'
writeFileSync('built.txt', 'built ' + isNumber(1))
`

const json = (value: unknown): string => JSON.stringify(value)

/** An app alone. */
const alone = (manifest: object): Readonly<Record<string, string>> => ({
  'package.json': json({
    name: 'shop',
    type: 'module',
    scripts: { build: 'node build.js', prepare: `node -e "require('is-number')"` },
    dependencies: { nunicorn: '*', ms: '2.1.3' },
    devDependencies: { 'is-number': '7.0.0' },
    ...manifest,
  }),
  'build.js': buildScript,
  'app.js': source,
  '.env': 'SECRET=1',
})

/** Two apps: alone, and as a member of a workspace that needs another member. Building needs what serving does not. */
const layouts = {
  npm: {
    app: '',
    files: alone({}),
    lock: 'npm install --package-lock-only --ignore-scripts',
  },
  'yarn 1': {
    app: '',
    files: alone({ packageManager: 'yarn@1.22.22' }),
    lock: 'npx --yes yarn@1.22.22 install --ignore-scripts && rm -r node_modules',
  },
  'yarn 4': {
    app: '',
    files: {
      ...alone({ packageManager: 'yarn@4.9.2' }),
      '.yarnrc.yml': 'nodeLinker: node-modules\n',
    },
    lock: 'npx --yes --package=@yarnpkg/cli-dist@4.9.2 yarn install --mode=update-lockfile',
  },
  pnpm: {
    app: 'apps/shop',
    files: {
      'package.json': json({ private: true, packageManager: 'pnpm@10.33.0' }),
      'pnpm-workspace.yaml': 'packages: [apps/*, packages/*]\n',
      'apps/shop/package.json': json({
        name: 'shop',
        type: 'module',
        dependencies: { nunicorn: '*', price: 'workspace:*' },
      }),
      'apps/shop/app.js': `export { default } from 'price'\n`,
      'packages/price/package.json': json({
        name: 'price',
        type: 'module',
        exports: './app.js',
        scripts: { build: 'node build.js' },
        dependencies: { ms: '2.1.3' },
        devDependencies: { 'is-number': '7.0.0' },
      }),
      'packages/price/app.js': source,
      'packages/price/build.js': buildScript,
      'packages/other/package.json': json({ name: 'other' }),
    },
    lock: 'npx --yes pnpm@10.33.0 install --lockfile-only --ignore-scripts',
  },
} as const

it.each(['npm', 'pnpm', 'yarn 1', 'yarn 4'] as const)(
  'the steps of the Dockerfile for %s make what serves as a user without privileges',
  async (manager) => {
    const { app, files, lock } = layouts[manager]
    await using registry = await startRegistry()
    await using folder = await temporaryFolder()
    const env = {
      // How registries are reached from this machine.
      ...process.env,
      npm_config_registry: registry.url,
      YARN_NPM_REGISTRY_SERVER: registry.url.replace(/\/$/, ''),
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
      // Our packages change without a new version.
      YARN_CACHE_FOLDER: join(folder.path, 'yarn-cache'),
      YARN_ENABLE_GLOBAL_CACHE: 'false',
      YARN_ENABLE_TELEMETRY: 'false',
      // CI sets it, and there would be no lock file.
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
    }
    const context = join(folder.path, 'context')
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(context, path)), { recursive: true })
      await writeFile(join(context, path), text)
    }
    const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
    await run('sh', ['-c', lock], { cwd: context, env: { ...env, PATH: path } })

    const directory = join(context, app)
    await deploy({
      argv: ['docker', '--output', directory],
      loadSettings: () => Promise.resolve(settingsFrom({ argv: ['app.js', '-w', '2'] })),
      place: placeOf({}, { directory }),
    })
    await using image = await buildImage(await readFile(join(directory, 'Dockerfile'), 'utf8'), {
      context,
      env,
    })
    for (const name of ['node_modules/is-number', '.env', 'packages/other/node_modules'])
      expect(existsSync(join(image.root, 'app', name)), name).toBe(false)

    await using server = await serve(image)
    const response = await fetch(server.url, { headers: { connection: 'close' } })
    expect(await response.text()).toBe(
      `built true 1000 ${process.getuid?.() === 0 ? 1000 : process.getuid?.()}`,
    )
    server.stop()
    expect(await server.exit).toEqual([0, null])
  },
  120_000,
)

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'nunicorn-docker-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Starts what ENTRYPOINT and CMD say, as the user that USER says if this is root. */
async function serve(
  image: Image,
): Promise<
  AsyncDisposable & { readonly url: string; readonly exit: Promise<unknown[]>; stop(): void }
> {
  await chmod(dirname(image.root), 0o755)
  const [uid = '', gid = ''] = image.user.split(':')
  const privileges =
    process.getuid?.() === 0
      ? ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--inh-caps=-all']
      : []
  const [program = '', ...args] = [...privileges, ...image.entrypoint, ...image.command]
  const PATH = (image.environment['PATH'] ?? '')
    .replaceAll('/app/', `${image.root}/app/`)
    .replace('$PATH', `${dirname(process.execPath)}:/usr/bin:/bin`)
  const child = spawn(program, args, {
    cwd: image.directory,
    env: {
      ...image.environment,
      PATH,
      // Nothing fixed here, whatever the image says.
      NUNICORN_BIND: '127.0.0.1:0',
      NUNICORN_ADMIN: `127.0.0.1:${await freePort()}`,
      TINI_SUBREAPER: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exit = once(child, 'exit')
  const output: string[] = []
  const url = await new Promise<string>((resolve, reject) => {
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on('line', (line) => {
        output.push(line)
        const found = /Listening at: (http:[^\s"]+)/.exec(line)?.[1]
        if (found) resolve(found)
      })
    exit.then(() => reject(new Error(output.join('\n'))), reject)
  })
  return {
    url,
    exit,
    stop: () => child.kill('SIGTERM'),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill('SIGKILL')
      await exit
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
