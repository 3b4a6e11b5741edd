import { posix } from 'node:path'

import { environmentName, type Resolved } from '@nunicorn/settings'
import type { Address } from '@nunicorn/sockets/address'

import { appWords } from '../../app-words.ts'
import type { Place } from '../../target.ts'
import { environmentOf } from '../container/environment.ts'
import { portsOf, reachOf } from '../container/reach.ts'
import { longBootMs } from '../long-boot.ts'
import { type Installing, installingOf } from './installing.ts'
import { builtMembers, neededMembers } from './members.ts'
import { nodeImage } from './node-image.ts'
import { isPython } from './python.ts'
import type { Project } from './project.ts'

/** Three stages: what serving needs, what is built, and both together without the rest. */
export function dockerfile(
  resolved: Resolved,
  { options }: Place,
  project: Project,
  header: readonly string[],
): string {
  const image = options['node-image'] ?? nodeImage(project.manifest.engines?.node) ?? 'node:24-slim'
  const installing = installingOf(project) ?? noManager
  return `${[
    '# syntax=docker/dockerfile:1',
    ...header.map((line) => `# ${line}`),
    '',
    `FROM ${image} AS base`,
    'WORKDIR /app',
    ...(installing.setUp === undefined
      ? []
      : ['', 'FROM base AS manager', `RUN ${installing.setUp}`]),
    '',
    ...dependencies(project, installing),
    ...build(project, installing),
    ...last(resolved, project),
  ].join('\n')}\n`
}

const noManager: Installing = { manager: 'npm', all: '', production: 'npm install', build: '' }

function builds(project: Project): boolean {
  return builtMembers(project).length > 0
}

function from({ setUp }: Installing, name: string): string {
  return `FROM ${setUp === undefined ? 'base' : 'manager'} AS ${name}`
}

/** Only what decides what is installed, so that a change of code does not install anew. */
function manifests({ lockFiles, extras, members }: Project): readonly string[] {
  const files = extras.filter((name) => !folders.includes(name))
  return [
    `COPY ${['package.json', ...lockFiles, ...files].join(' ')} ./`,
    ...extras.filter((name) => folders.includes(name)).map((name) => `COPY ${name} ./${name}`),
    ...Object.keys(members).map((folder) => `COPY ${folder}/package.json ./${folder}/`),
  ]
}

const folders: readonly string[] = ['.yarn', 'patches']

function dependencies(project: Project, installing: Installing): readonly string[] {
  return [
    '# What serving needs, and nothing that developing does.',
    from(installing, 'dependencies'),
    'ENV NODE_ENV=production',
    ...manifests(project),
    `RUN ${installing.production}`,
    '',
  ]
}

function build(project: Project, installing: Installing): readonly string[] {
  if (!builds(project)) return []
  return [
    from(installing, 'build'),
    ...manifests(project),
    `RUN ${installing.all}`,
    'COPY . .',
    `RUN ${installing.build} && find . -name node_modules -prune -exec rm -rf {} + && rm -f .npmrc`,
    '',
  ]
}

function last(resolved: Resolved, project: Project): readonly string[] {
  const reach = reachOf(resolved, 'inside')
  const folder = posix.join('/app', project.app)
  const ports = portsOf(reach.bind)
  const python = isPython(resolved)
  // No line of a Dockerfile can say more than one of them: they stand in CMD.
  const { [environmentName('appArguments')]: _, ...settings } = environmentOf(resolved, reach)
  const bins = [...new Set([folder, '/app'])].map((path) => `${path}/node_modules/.bin`)
  const variables = {
    NODE_ENV: 'production',
    PATH: [...bins, '$PATH'].join(':'),
    ...settings,
  }
  return [
    'FROM base',
    '# Process 1 has to take leave of orphans, which Node does not do.',
    `RUN apt-get update && apt-get install -y --no-install-recommends ${['tini', ...(python ? ['python3', 'python3-venv'] : [])].join(' ')} && rm -rf /var/lib/apt/lists/*`,
    '# Settings; docker run --env gives others. Secrets are given there, too: here they would be in the image.',
    ...Object.entries(variables).map(([name, value]) => `ENV ${name}=${quoted(name, value)}`),
    'COPY --from=dependencies /app ./',
    ...(python ? pythonLines(folder) : []),
    ...code(project),
    ...(project.app === '' ? [] : [`WORKDIR ${folder}`]),
    '# A user of the image of Node, by number, as runAsNonRoot of Kubernetes wants it. It owns nothing here.',
    'USER 1000:1000',
    ...(ports.length > 0 ? [`EXPOSE ${ports.join(' ')}`] : []),
    '# TERM is a graceful stop: give docker stop --time more than drain-delay and graceful-timeout together.',
    'STOPSIGNAL SIGTERM',
    '# Ready: some worker serves. No from TERM on.',
    `HEALTHCHECK --interval=10s --timeout=5s --start-period=${Math.ceil((resolved.settings.bootTimeoutMs || longBootMs) / 1_000) + 5}s --retries=3 CMD ${JSON.stringify(['node', '-e', healthCheck(reach.admin)])}`,
    'ENTRYPOINT ["tini", "--"]',
    `CMD ${JSON.stringify(['nunicorn', ...appWords(resolved.settings)])}`,
  ]
}

/** `-k uvicorn` looks for its Python in `.venv` beside the app. */
function pythonLines(folder: string): readonly string[] {
  return [
    `COPY ${posix.join('.', posix.relative('/app', folder), 'requirements.txt')} ${folder}/`,
    `RUN python3 -m venv ${folder}/.venv && ${folder}/.venv/bin/pip install --no-cache-dir -r ${folder}/requirements.txt`,
  ]
}

/** Of a workspace only the app and the members that it needs. */
function code(project: Project): readonly string[] {
  const source = builds(project) ? '--from=build /app/' : ''
  if (project.app === '') return [`COPY ${source === '' ? '.' : source} ./`]
  return neededMembers(project)
    .toSorted()
    .map((folder) => `COPY ${source}${folder} ./${folder}`)
}

function healthCheck(admin: Address): string {
  const where =
    admin.type === 'unix'
      ? { socketPath: admin.path }
      : {
          host: ownHost(admin.type === 'tcp' ? admin.host : ''),
          port: admin.type === 'tcp' ? admin.port : 0,
        }
  const options = JSON.stringify({ ...where, path: '/readyz' })
  return `require('node:http').get(${options}, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))`
}

function ownHost(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
}

/** Dockerfiles expand $ in ENV, and only PATH means it. */
function quoted(name: string, value: string): string {
  const escaped = value.replaceAll(/["\\]/g, '\\$&')
  return `"${name === 'PATH' ? escaped : escaped.replaceAll('$', '\\$')}"`
}
