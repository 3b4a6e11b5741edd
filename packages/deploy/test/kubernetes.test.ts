import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

import { type DeployFile, targets } from '../src/index.ts'
import { writeFiles } from '../src/write-files.ts'
import { extractHelm, hasHelm, helms, runHelm } from './helm.ts'
import { placeOf, settingsOf } from './resolved.ts'

const kubernetes = targets.find(({ name }) => name === 'kubernetes')
const { resolve } = createRequire(import.meta.url)
/** Some of these packages export no file that leads to their folder. */
const packageFolder = (name: string): string => join(import.meta.dirname, '../node_modules', name)

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly data?: unknown
  readonly spec: Spec & Readonly<Record<string, unknown>>
}

interface Spec {
  readonly template: {
    readonly metadata: { readonly annotations: unknown }
    readonly spec: PodSpec
  }
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number
  readonly initContainers?: readonly Readonly<Record<string, unknown>>[]
  readonly containers: readonly Readonly<Record<string, unknown>>[]
}

function podOf(...argv: readonly string[]): PodSpec | undefined {
  return manifestsOf(argv)['Deployment shop']?.spec.template.spec
}

function filesOf(argv: readonly string[] = [], options = {}): readonly DeployFile[] {
  return kubernetes?.render(settingsOf(...argv), placeOf(options)) ?? []
}

function manifestsOf(
  argv: readonly string[] = [],
  options = {},
): Readonly<Record<string, Manifest>> {
  const files = filesOf(argv, options).filter(({ path }) => path.startsWith('manifests/'))
  return byName(files.map(({ text }) => parse(text) as Manifest))
}

/** `Service shop-admin`. */
function byName(manifests: readonly Manifest[]): Readonly<Record<string, Manifest>> {
  return Object.fromEntries(
    manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest]),
  )
}

function problemsOf(argv: readonly string[], options = {}): readonly string[] {
  return (kubernetes?.contradictions(settingsOf(...argv), placeOf(options)) ?? []).map(
    ({ setting, message, mend }) => `${setting}: ${message} ${mend}`,
  )
}

const rich = [
  '-b',
  ':8000',
  '-b',
  ':8443',
  '-w',
  '3',
  '--drain-delay',
  '7s',
  '-e',
  'GREETING=hi #1',
]

describe('the manifests', () => {
  it('give a stop the drain delay, the graceful timeout and a margin', () => {
    const pod = podOf('--graceful-timeout', '60s', '--drain-delay', '10s')
    expect(pod?.terminationGracePeriodSeconds).toBe(75)
    expect(pod?.containers[0]?.['lifecycle']).toBeUndefined()
  })

  it('probe the admin address, for as long as a boot may take', () => {
    const container = podOf('--boot-timeout', '20s', '--admin', ':9100')?.containers[0]
    expect(container).toMatchObject({
      ports: expect.arrayContaining([{ name: 'admin', containerPort: 9100 }]),
      startupProbe: {
        httpGet: { path: '/startupz', port: 'admin' },
        periodSeconds: 1,
        failureThreshold: 25,
      },
      readinessProbe: { httpGet: { path: '/readyz' } },
      livenessProbe: { httpGet: { path: '/livez' } },
    })
  })

  it('offer addresses that are reached and a drain delay where nobody gave them, and say so', () => {
    expect(manifestsOf()['ConfigMap shop']?.data).toMatchObject({
      NUNICORN_BIND: '0.0.0.0:8000',
      NUNICORN_ADMIN: '0.0.0.0:9000',
      NUNICORN_DRAIN_DELAY: '5s',
    })
    const text = filesOf().find(({ path }) => path.endsWith('deployment.yaml'))?.text
    expect(text).toMatch(/# Nobody gave these.*\n#   --bind 0\.0\.0\.0:8000.*\n#   --admin/)
  })

  it('are reached by IPv6 where that was asked for', () => {
    const { data } = manifestsOf(['-b', '[::1]:8000', '--admin', '[::]:9001'])['ConfigMap shop']!
    expect(data).toMatchObject({ NUNICORN_BIND: '[::]:8000', NUNICORN_ADMIN: '[::]:9001' })
  })

  it('name an image by its digest', () => {
    const digest = `ghcr.io/a/shop@sha256:${'0'.repeat(64)}`
    expect(problemsOf([], { image: digest })).toEqual([])
    const { spec } = manifestsOf([], { image: digest })['Deployment shop']!
    expect(JSON.stringify(spec)).toContain(`"image":"${digest}"`)
  })

  it('keep the admin address off the Service that an ingress or balancer shows', () => {
    const manifests = manifestsOf(rich)
    expect(manifests['Service shop']?.spec['ports']).toEqual([
      { name: 'http', port: 80, targetPort: 'http' },
      { name: 'http-2', port: 8443, targetPort: 'http-2' },
    ])
    expect(manifests['Service shop-admin']?.spec['publishNotReadyAddresses']).toBe(true)
  })

  it('pass on what flags say, as text, whatever is in it', () => {
    expect(manifestsOf(rich)['ConfigMap shop']?.data).toMatchObject({
      NUNICORN_WORKERS: '3',
      NUNICORN_DRAIN_DELAY: '7s',
      GREETING: 'hi #1',
    })
  })

  it('replace the pods when a setting changes', () => {
    const hash = (...argv: readonly string[]): unknown =>
      manifestsOf(argv)['Deployment shop']?.spec.template.metadata.annotations
    expect(hash('-w', '3')).toEqual(hash('-w', '3'))
    expect(hash('-w', '3')).not.toEqual(hash('-w', '4'))
  })
})

/** A nunicorn on a Unix socket. */
const behind = ['-b', 'unix:/run/shop/app.sock', '--drain-delay', '7s', '--graceful-timeout', '20s']

describe('a nunicorn on a Unix socket', () => {
  it('has an nginx before it, which starts after it and ends before it', () => {
    const pod = podOf(...behind)
    const [nunicorn] = pod?.initContainers ?? []
    const [nginx] = pod?.containers ?? []
    expect(nunicorn).toMatchObject({
      name: 'nunicorn',
      restartPolicy: 'Always',
      ports: [{ name: 'admin', containerPort: 9000 }],
      readinessProbe: { httpGet: { path: '/readyz', port: 'admin' } },
    })
    expect(nginx).toMatchObject({
      name: 'nginx',
      ports: [{ name: 'http', containerPort: 8080 }],
      lifecycle: { preStop: { exec: { command: ['sleep', '7'] } } },
    })
    for (const container of [nunicorn, nginx])
      expect(container?.['volumeMounts']).toContainEqual(
        expect.objectContaining({ name: 'sockets', mountPath: '/run/shop' }),
      )
  })

  it('gives nginx, and nunicorn after it, the graceful timeout; the delay is that of nginx', () => {
    expect(podOf(...behind)?.terminationGracePeriodSeconds).toBe(7 + 20 + 20 + 5)
    expect(manifestsOf(behind)['ConfigMap shop']?.data).toMatchObject({
      NUNICORN_BIND: 'unix:/run/shop/app.sock',
      NUNICORN_DRAIN_DELAY: '0s',
    })
  })

  it('is behind the site that nunicorn deploy nginx writes, and believes the proxy before that', () => {
    const data = manifestsOf(behind)['ConfigMap shop-nginx']?.data as Record<string, string>
    expect(data['nginx.conf']).toContain('worker_shutdown_timeout 20s;')
    expect(data['site.conf']).toMatch(/server unix:\/run\/shop\/app\.sock max_fails=0;/)
    expect(data['site.conf']).toContain('X-Forwarded-Proto $app_scheme;')
  })

  it('shows the port of nginx by its Service', () => {
    expect(manifestsOf(behind)['Service shop']?.spec['ports']).toEqual([
      { name: 'http', port: 80, targetPort: 'http' },
    ])
  })
})

describe('contradictions', () => {
  it('are none with the defaults', () => {
    expect(problemsOf([])).toEqual([])
  })

  it.each([
    ['the loopback', ['-b', '127.0.0.1:8000'], {}, /^bind: .*only from inside.*:8000/],
    ['a socket in a folder of the image', ['-b', 'unix:/app/a.sock'], {}, /^bind: .*folder/],
    ['a socket in no folder of its own', ['-b', 'unix:/run/a.sock'], {}, /^bind: .*folder/],
    ['two sockets', ['-b', 'unix:/run/a/a', '-b', ':8000'], {}, /^bind: .*one Unix socket/],
    ['an nginx that is not there', [], { 'nginx-image': 'nginx:1' }, /^nginx-image: .*no nginx/],
    ['no size', ['-b', 'unix:/run/a/a'], { 'body-size': 'x' }, /^body-size: 'x'/],
    ['nginx killed too early', ['-b', 'unix:/run/a/a'], { 'grace-period': '60s' }, /.*67s/],
    ['a socket that is passed', ['-b', 'fd://web'], {}, /^bind: .*no systemd/],
    ['a port that is left open', ['-b', ':0'], {}, /^bind: .*port open/],
    ['a port that needs a privilege', ['-b', ':80'], {}, /^bind: port 80/],
    ['an admin address on the loopback', ['--admin', '127.0.0.1:9000'], {}, /^admin: .*kubelet/],
    ['an admin address that is a file', ['--admin', 'unix:/run/a.sock'], {}, /^admin: .*kubelet/],
    ['no drain delay', ['--drain-delay', '0'], {}, /^drainDelay: .*rollout.*5s/],
    ['a pod that is killed too early', [], { 'grace-period': '30s' }, /^grace-period: .*37s/],
    ['a log in the image', ['--error-logfile', 'app.log'], {}, /^errorLogfile: .*stderr/],
    ['a pid file', ['-p', '/run/a.pid'], {}, /^pid: /],
    ['fewer pods than to begin with', [], { 'max-replicas': '1' }, /^max-replicas: /],
    ['no number', [], { replicas: 'many' }, /^replicas: 'many'/],
    ['no amount', [], { memory: '1 GB' }, /^memory: '1 GB'/],
    ['memory for CPUs', [], { cpu: '2Gi' }, /^cpu: '2Gi'/],
  ] as const)('name %s, and the mend', (_, argv, options, what) => {
    expect(problemsOf(argv, options)).toEqual([expect.stringMatching(what)])
  })

  it('are found all at once', () => {
    expect(problemsOf(['-b', '127.0.0.1:1', '--admin', 'localhost:1'], { cpu: 'x' }).length).toBe(4)
  })
})

/** The schemas of three releases of Kubernetes, as kubernetes-models has compiled them, and what tells the releases apart. */
const releases = [
  { version: '1.27', has: [], lacks: ['IoK8sApiCoreV1SleepAction'] },
  { version: '1.33', has: ['IoK8sApiCoreV1SleepAction'], lacks: ['IoK8sApiCoreV1FileKeySelector'] },
  { version: '1.36', has: ['IoK8sApiCoreV1FileKeySelector'], lacks: [] },
] as const

const schemas: Readonly<Record<string, string>> = {
  ConfigMap: 'IoK8sApiCoreV1ConfigMap',
  Deployment: 'IoK8sApiAppsV1Deployment',
  Service: 'IoK8sApiCoreV1Service',
  HorizontalPodAutoscaler: 'IoK8sApiAutoscalingV2HorizontalPodAutoscaler',
  PodDisruptionBudget: 'IoK8sApiPolicyV1PodDisruptionBudget',
}

interface Validate {
  (manifest: unknown, context: object): boolean
  readonly errors?: unknown
}

describe.each(releases)('Kubernetes $version', ({ version, has, lacks }) => {
  const folder = packageFolder(`kubernetes-${version}`)
  const schemaPath = (name: string): string =>
    join(folder, '_schemas', `${name}${version === '1.36' ? '.js' : '.mjs'}`)
  const load = async (name: string): Promise<Validate> =>
    ((await import(pathToFileURL(schemaPath(name)).href)) as { validate: Validate }).validate

  it('is the release that it is called', () => {
    for (const name of has) expect(() => readFileSync(schemaPath(name))).not.toThrow()
    for (const name of lacks) expect(() => readFileSync(schemaPath(name))).toThrow(/ENOENT/)
  })

  // Of the oldest only what asks for no sidecar.
  it.each([[[]], [rich], ...(version === '1.27' ? [] : [[behind]])])(
    'takes the manifests of %j',
    async (argv) => {
      for (const manifest of Object.values(manifestsOf(argv))) {
        if (manifest.kind === 'ServiceMonitor') continue
        const validate = await load(schemas[manifest.kind] ?? '')
        validate(manifest, {})
        expect(validate.errors ?? []).toEqual([])
      }
    },
  )

  it('would not take a wrong one', async () => {
    const validate = await load('IoK8sApiAppsV1Deployment')
    const wrong = JSON.parse(
      JSON.stringify(manifestsOf()['Deployment shop']).replace(
        '"containerPort":8000',
        '"containerPort":"http"',
      ),
    ) as unknown
    expect(validate(wrong, {})).toBe(false)
  })
})

it('the Prometheus operator takes the ServiceMonitor', async () => {
  const path = join(
    packageFolder('@kubernetes-models/prometheus-operator'),
    '_schemas/ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoringV1ServiceMonitor.js',
  )
  const { validate } = (await import(pathToFileURL(path).href)) as { validate: Validate }
  validate(manifestsOf()['ServiceMonitor shop'], {})
  expect(validate.errors ?? []).toEqual([])
})

describe.skipIf(!hasHelm)('the chart', () => {
  const binaries = new Map<string, string>()
  beforeAll(() => {
    for (const name of helms) binaries.set(name, extractHelm(name))
  })
  afterAll(async () => {
    for (const path of binaries.values()) await rm(dirname(path), { recursive: true })
  })

  async function chartOf(
    argv: readonly string[],
  ): Promise<AsyncDisposable & { readonly path: string }> {
    const output = await mkdtemp(join(tmpdir(), 'nunicorn-chart-'))
    await writeFiles(filesOf(argv), { output, force: false })
    return {
      path: join(output, 'chart'),
      [Symbol.asyncDispose]: () => rm(output, { recursive: true }),
    }
  }

  function rendered(
    helm: string,
    chart: string,
    ...set: readonly string[]
  ): Readonly<Record<string, Manifest>> {
    const flags = set.flatMap((value) => ['--set', value])
    const text = runHelm(helm, 'template', 'shop', chart, ...flags)
    return byName(parseAllDocuments(text).map((document) => document.toJS() as Manifest))
  }

  const both = helms.flatMap((name) => [rich, behind].map((argv) => ({ name, argv })))
  it.each(both)('is linted and rendered to the manifests: $name, $argv', async ({ name, argv }) => {
    const helm = binaries.get(name) ?? ''
    await using chart = await chartOf(argv)
    expect(runHelm(helm, 'lint', '--strict', chart.path)).toContain('0 chart(s) failed')
    const plain = manifestsOf(argv)
    expect(bare(rendered(helm, chart.path, 'serviceMonitor.enabled=true'))).toEqual(bare(plain))
  })

  it('derives what depends on a value from it', async () => {
    const helm = binaries.get(helms[1]) ?? ''
    await using chart = await chartOf([])
    const manifests = rendered(
      helm,
      chart.path,
      'drainDelaySeconds=10',
      'gracefulTimeoutSeconds=60',
      'autoscaling.enabled=false',
      'replicas=4',
      'env.NUNICORN_KEEP_ALIVE=9s',
    )
    const deployment = manifests['Deployment shop']?.spec
    expect(deployment?.template.spec.terminationGracePeriodSeconds).toBe(75)
    expect(deployment?.['replicas']).toBe(4)
    expect(manifests['HorizontalPodAutoscaler shop']).toBeUndefined()
    expect(manifests['ConfigMap shop']?.data).toMatchObject({
      NUNICORN_DRAIN_DELAY: '10s',
      NUNICORN_KEEP_ALIVE: '9s',
    })
  })

  it('derives what nginx and nunicorn need for their end from the values', async () => {
    await using chart = await chartOf(behind)
    const helm = binaries.get(helms[1]) ?? ''
    const manifests = rendered(helm, chart.path, 'gracefulTimeoutSeconds=60', 'drainDelaySeconds=9')
    const pod = manifests['Deployment shop']?.spec.template.spec
    expect(pod?.terminationGracePeriodSeconds).toBe(9 + 60 + 60 + 5)
    expect(pod?.containers[0]).toMatchObject({
      lifecycle: { preStop: { exec: { command: ['sleep', '9'] } } },
    })
    const data = manifests['ConfigMap shop-nginx']?.data as Record<string, string>
    expect(data['nginx.conf']).toContain('worker_shutdown_timeout 60s;')
  })

  it.each(['drainDelaySeconds=0', 'workers=many', 'replica=3', 'service.port=0'])(
    'has a schema that refuses %s',
    async (value) => {
      await using chart = await chartOf([])
      expect(() => rendered(binaries.get(helms[1]) ?? '', chart.path, value)).toThrow(/schema/)
    },
  )
})

/** What an installation by Helm adds of its own. */
function bare(manifests: Readonly<Record<string, Manifest>>): unknown {
  return JSON.parse(JSON.stringify(manifests), (key, value: unknown) =>
    ['app.kubernetes.io/instance', 'app.kubernetes.io/managed-by', 'nunicorn/settings'].includes(
      key,
    )
      ? undefined
      : value,
  ) as unknown
}

/** kubernetes-types are made from the same schemas, and TypeScript refuses what a type does not know, at any depth. */
it('has no field that Kubernetes 1.30 does not know', async () => {
  const folder = await mkdtemp(join(import.meta.dirname, 'types-'))
  try {
    const modules: Readonly<Record<string, string>> = {
      ConfigMap: 'core/v1',
      Deployment: 'apps/v1',
      Service: 'core/v1',
      HorizontalPodAutoscaler: 'autoscaling/v2',
      PodDisruptionBudget: 'policy/v1',
    }
    const source = [rich, behind]
      .flatMap((argv) => Object.values(manifestsOf(argv)))
      .filter(({ kind }) => kind in modules)
      .map((manifest, index) => {
        const { kind } = manifest
        return `export const m${index}: import('kubernetes-types/${modules[kind]}').${kind} = ${JSON.stringify(manifest)}\n`
      })
      .join('')
    const wrong =
      "export const wrong: import('kubernetes-types/apps/v1').DeploymentSpec['paused'] = 3\n"
    const check = async (text: string): Promise<string> => {
      await writeFile(join(folder, 'manifests.ts'), text)
      try {
        const tsc = resolve('typescript/package.json').replace('package.json', 'bin/tsc')
        const flags = [
          '--noEmit',
          '--strict',
          '--skipLibCheck',
          '--ignoreConfig',
          '--module',
          'preserve',
        ]
        execFileSync(process.execPath, [tsc, ...flags, 'manifests.ts'], {
          cwd: folder,
          stdio: 'pipe',
        })
        return ''
      } catch (error) {
        return String((error as { readonly stdout: unknown }).stdout)
      }
    }
    expect(await check(source)).toBe('')
    expect(await check(source + wrong)).toMatch(/TS2322/)
    expect(await check(source.replace('"maxSurge"', '"maxSurgee"'))).toMatch(/maxSurgee/)
  } finally {
    await rm(folder, { recursive: true })
  }
}, 30_000)
