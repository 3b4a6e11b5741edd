import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

import { startNunicorn } from './support/nunicorn.ts'
import { createProject } from './support/project.ts'
import { until } from './support/until.ts'

const sdk = fileURLToPath(import.meta.resolve('@opentelemetry/sdk-node'))
const instrumentation = fileURLToPath(import.meta.resolve('@opentelemetry/instrumentation-http'))

/** What the documentation tells users to write. */
const telemetry = `
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
const { NodeSDK } = require(${JSON.stringify(sdk)})
const { HttpInstrumentation } = require(${JSON.stringify(instrumentation)})
const sdk = new NodeSDK({ instrumentations: [new HttpInstrumentation()] })
sdk.start()
`
const app = `export default (request, response) => response.end('ok')`

interface Span {
  readonly name: string
  readonly kind: number
  readonly resource: Readonly<Record<string, unknown>>
}

/** An OTLP/HTTP receiver of traces in JSON. */
async function collector(): Promise<
  AsyncDisposable & { readonly url: string; readonly spans: readonly Span[] }
> {
  const spans: Span[] = []
  const server = createServer(async (request, response) => {
    const said = (await json(request)) as Traces
    if (request.url === '/v1/traces') spans.push(...spansOf(said))
    response.setHeader('content-type', 'application/json').end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

interface Traces {
  readonly resourceSpans: readonly {
    readonly resource: {
      readonly attributes: readonly {
        readonly key: string
        readonly value: Readonly<Record<string, unknown>>
      }[]
    }
    readonly scopeSpans: readonly {
      readonly spans: readonly { readonly name: string; readonly kind: number }[]
    }[]
  }[]
}

function spansOf({ resourceSpans }: Traces): readonly Span[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const attributes = resource.attributes.map(({ key, value }) => [key, Object.values(value)[0]])
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ name, kind }) => ({ name, kind, resource: Object.fromEntries(attributes) })),
    )
  })
}

const server = 2

it("OpenTelemetry's Node SDK traces the requests of each worker, which has an instance id of its own", async () => {
  await using receiver = await collector()
  await using project = await createProject({ 'app.mjs': app, 'telemetry.mjs': telemetry })
  const variables = {
    NODE_OPTIONS: `--import=${project.path('telemetry.mjs')}`,
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  }
  const settings = Object.entries(variables).flatMap(([key, value]) => ['-e', `${key}=${value}`])
  const args = ['app.mjs', '-w', '2', '-b', '127.0.0.1:0', ...settings]
  await using nunicorn = startNunicorn({ directory: project.directory, args })
  await nunicorn.ready(2)
  const { host, port } = await nunicorn.address()
  const instances = (): ReadonlySet<unknown> =>
    new Set(receiver.spans.map(({ resource }) => resource['service.instance.id']))
  // Which of the two gets a connection is the kernel's choice.
  await until(async () => {
    const response = await fetch(`http://${host}:${port}/`, { headers: { connection: 'close' } })
    await response.text()
    return instances().size === 2
  })
  const spans = receiver.spans.filter(({ kind }) => kind === server)
  expect(spans.length).toBeGreaterThan(1)
  for (const { name, resource } of spans) {
    expect(name).toBe('GET')
    expect(resource).toMatchObject({
      'service.name': 'shop',
      'deployment.environment.name': 'test',
      'nunicorn.worker': expect.stringMatching(/^[12]$/),
    })
  }
  expect(new Set(spans.map(({ resource }) => resource['nunicorn.worker'])).size).toBe(2)
})
