import { basename } from 'node:path'

import { environmentName, formatDuration, parseDuration, type Resolved } from '@nunicorn/settings'
import { type Address, formatAddress } from '@nunicorn/sockets/address'

import type { Place } from '../../target.ts'
import { environmentOf } from '../container/environment.ts'
import { portsOf, type Reach, reachOf } from '../container/reach.ts'
import { type Front, frontOf } from './front.ts'
import { type Image, imageOf } from './image.ts'

/** What manifests and chart say, before it is written down. */
export interface Plan {
  readonly name: string
  readonly image: Image
  /** Where nunicorn listens. */
  readonly bind: string
  /** Those of the Service; the first is what it shows at port 80. */
  readonly ports: readonly number[]
  readonly adminPort: number
  /** All interfaces, as one writes them before a port. */
  readonly adminHost: string
  /** Of a nunicorn on a Unix socket. */
  readonly front?: Front
  readonly workers: number | 'auto'
  readonly drainDelaySeconds: number
  readonly gracefulTimeoutSeconds: number
  /** How long the kubelet waits between TERM and KILL. */
  readonly graceSeconds: number
  /** How long a container may take until its first worker is ready. */
  readonly startSeconds: number
  readonly replicas: number
  readonly maxReplicas: number
  readonly cpu: string
  readonly memory: string
  /** Settings other than those above, and variables of the app. */
  readonly environment: Readonly<Record<string, string>>
  /** What was not given and is offered instead of the default. */
  readonly offers: readonly string[]
}

/** From the end of the graceful timeout to the last SIGKILL of the arbiter's own, and to spare. */
export const graceMarginSeconds = 5
/** Endpoints, proxies and ingresses usually know of a pod's end within a second or two. */
const offeredDrainMs = 5_000
const offeredReplicas = 2

export function planFor(resolved: Resolved, place: Place): Plan {
  const { settings } = resolved
  const { options } = place
  const reach = reachOf(resolved, 'outside')
  const { workers, gracefulTimeoutMs, bootTimeoutMs } = settings
  const drainDelaySeconds = seconds(drainDelayMsOf(resolved))
  const gracefulTimeoutSeconds = seconds(gracefulTimeoutMs)
  const adminPort = reach.admin.type === 'tcp' ? reach.admin.port : 0
  const front = frontOf(resolved, { place, adminPort })
  const name = resourceName(settings.name ?? basename(place.directory))
  const replicas = Number(options['replicas'] ?? offeredReplicas)
  return {
    name,
    image: imageOf(options['image'] ?? name),
    bind: boundIn(reach),
    ports: front ? [front.port] : portsOf(reach.bind),
    adminPort,
    adminHost: everyInterface(reach.admin),
    ...(front && { front }),
    workers,
    drainDelaySeconds,
    gracefulTimeoutSeconds,
    graceSeconds:
      options['grace-period'] === undefined
        ? drainDelaySeconds + (front ? 2 : 1) * gracefulTimeoutSeconds + graceMarginSeconds
        : seconds(parseDuration(options['grace-period']) ?? 0),
    startSeconds: bootTimeoutMs === 0 ? 600 : seconds(bootTimeoutMs) + graceMarginSeconds,
    replicas,
    maxReplicas: Number(options['max-replicas'] ?? Math.max(10, replicas)),
    cpu: options['cpu'] ?? (workers === 'auto' ? '2' : String(workers)),
    memory: options['memory'] ?? '1Gi',
    environment: leftOver(resolved, reach),
    offers: offersOf(resolved, reach),
  }
}

/** Nobody gave one: a delay is offered, as a pod gets TERM before everybody knows that it ends. */
export function drainDelayMsOf({ settings, origins }: Resolved): number {
  return origins.drainDelay.type === 'default' ? offeredDrainMs : settings.drainDelayMs
}

/** What the ConfigMap says by itself. */
const said = ['workers', 'bind', 'admin', 'drainDelay', 'gracefulTimeout', 'logFormat'] as const

function leftOver(resolved: Resolved, reach: Reach): Readonly<Record<string, string>> {
  const names: readonly string[] = [...said.map(environmentName), 'NUNICORN_CONFIG']
  return Object.fromEntries(
    Object.entries(environmentOf(resolved, reach)).filter(
      ([name]) => !names.includes(name) || name === 'NUNICORN_CONFIG',
    ),
  )
}

function offersOf({ origins, settings }: Resolved, { bind, admin, offered }: Reach): string[] {
  const text = (addresses: readonly Address[]): string => addresses.map(formatAddress).join(', ')
  return [
    ...(offered.bind ? [`--bind ${text(bind)}: the default is the loopback of the pod`] : []),
    ...(offered.admin ? [`--admin ${text([admin])}: the probes and Prometheus ask there`] : []),
    ...(origins.drainDelay.type === 'default'
      ? [
          `--drain-delay ${formatDuration(offeredDrainMs)} instead of ${formatDuration(settings.drainDelayMs)}: the Service goes on sending for a moment after TERM`,
        ]
      : []),
  ]
}

/** Every IPv4 interface of the pod, or the Unix socket. */
function boundIn({ bind }: Reach): string {
  const [first] = bind
  if (first?.type === 'unix') return formatAddress(first)
  const all = bind.flatMap((address) =>
    address.type === 'tcp' ? [`${everyInterface(address)}:${address.port}`] : [],
  )
  return [...new Set(all)].join(',')
}

/** Of the same family: there are clusters with nothing but IPv6. */
function everyInterface(address: Address): string {
  return address.type === 'tcp' && address.host.includes(':') ? '[::]' : '0.0.0.0'
}

/** RFC 1123: what Kubernetes allows in the name of a Service. */
function resourceName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[-0-9]+|-+$/g, '')
    .slice(0, 50)
    .replace(/-+$/, '')
  return name || 'nunicorn'
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000)
}
