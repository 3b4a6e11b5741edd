import { frontContainer, type FrontKnobs, frontVolumes } from './front-objects.ts'

/** A scalar of a manifest; in a chart it may be an expression: see `ink.ts`. */
export type Scalar = string | number

/** What differs between a manifest and the template of a chart; everything else is the same by construction. */
export interface Knobs {
  readonly fullName: Scalar
  readonly labels: Readonly<Record<string, Scalar>>
  readonly selector: Readonly<Record<string, Scalar>>
  readonly image: Scalar
  readonly pullPolicy: Scalar
  readonly workers: Scalar
  readonly drainDelay: Scalar
  readonly gracefulTimeout: Scalar
  readonly graceSeconds: Scalar
  readonly startSeconds: Scalar
  /** More lines of the Deployment's spec; in a chart a key that stands for them. */
  readonly scale: Readonly<Record<string, null>>
  readonly minReplicas: Scalar
  readonly maxReplicas: Scalar
  readonly targetCpu: Scalar
  readonly resources: unknown
  readonly servicePort: Scalar
  /** Changes with the ConfigMap, so that a changed setting rolls the pods. */
  readonly settingsHash: Scalar
  /** More variables; in a chart a key that stands for them. */
  readonly environment: Readonly<Record<string, Scalar | null>>
  readonly bind: string
  readonly ports: readonly number[]
  readonly adminPort: number
  readonly adminHost: string
  /** Of a nunicorn on a Unix socket. */
  readonly front?: FrontKnobs
}

export type Manifest = Readonly<Record<string, unknown>>

export function configMap(knobs: Knobs): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(knobs),
    data: {
      NUNICORN_BIND: knobs.bind,
      NUNICORN_ADMIN: `${knobs.adminHost}:${knobs.adminPort}`,
      NUNICORN_WORKERS: knobs.workers,
      NUNICORN_DRAIN_DELAY: knobs.front ? '0s' : knobs.drainDelay,
      NUNICORN_GRACEFUL_TIMEOUT: knobs.gracefulTimeout,
      NUNICORN_LOG_FORMAT: 'json',
      ...knobs.environment,
    },
  }
}

export function deployment(knobs: Knobs): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(knobs),
    spec: {
      ...knobs.scale,
      selector: { matchLabels: knobs.selector },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: {
          labels: knobs.labels,
          annotations: {
            'nunicorn/settings': knobs.settingsHash,
            ...(knobs.front && { 'kubectl.kubernetes.io/default-container': 'nunicorn' }),
          },
        },
        spec: podSpec(knobs),
      },
    },
  }
}

function podSpec(knobs: Knobs): Manifest {
  return {
    terminationGracePeriodSeconds: knobs.graceSeconds,
    automountServiceAccountToken: false,
    shareProcessNamespace: true,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: knobs.selector },
      },
    ],
    ...containers(knobs),
    volumes: [{ name: 'tmp', emptyDir: {} }, ...(knobs.front ? frontVolumes(knobs) : [])],
  }
}

/** The kubelet starts what is an init container first, and stops it last: nginx is never without nunicorn. */
function containers(knobs: Knobs): Manifest {
  const { front } = knobs
  if (front === undefined) return { containers: [container(knobs)] }
  return {
    initContainers: [{ restartPolicy: 'Always', ...container(knobs) }],
    containers: [frontContainer(knobs, front)],
  }
}

function container(knobs: Knobs): Manifest {
  const probe = (path: string): Manifest => ({ httpGet: { path, port: 'admin' } })
  return {
    name: 'nunicorn',
    image: knobs.image,
    imagePullPolicy: knobs.pullPolicy,
    envFrom: [
      { configMapRef: { name: knobs.fullName } },
      { secretRef: { name: knobs.fullName, optional: true } },
    ],
    ports: [
      ...(knobs.front ? [] : knobs.ports).map((port, index) => ({
        name: portName(index),
        containerPort: port,
      })),
      { name: 'admin', containerPort: knobs.adminPort },
    ],
    startupProbe: { ...probe('/startupz'), periodSeconds: 1, failureThreshold: knobs.startSeconds },
    readinessProbe: {
      ...probe('/readyz'),
      periodSeconds: 2,
      timeoutSeconds: 2,
      failureThreshold: 2,
    },
    livenessProbe: {
      ...probe('/livez'),
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
    resources: knobs.resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      ...(knobs.front ? [{ name: 'sockets', mountPath: knobs.front.socketFolder }] : []),
    ],
  }
}

export function service(knobs: Knobs): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(knobs),
    spec: {
      selector: knobs.selector,
      ports: knobs.ports.map((port, index) => ({
        name: portName(index),
        port: index === 0 ? knobs.servicePort : port,
        targetPort: portName(index),
      })),
    },
  }
}

export function adminService(knobs: Knobs): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: adminName(knobs),
      labels: { ...knobs.labels, 'app.kubernetes.io/component': 'admin' },
    },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: knobs.selector,
      // By its number: not every Kubernetes looks for the names of ports in sidecars.
      ports: [{ name: 'admin', port: knobs.adminPort, targetPort: knobs.adminPort }],
    },
  }
}

export function horizontalPodAutoscaler(knobs: Knobs): Manifest {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadata(knobs),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: knobs.fullName },
      minReplicas: knobs.minReplicas,
      maxReplicas: knobs.maxReplicas,
      metrics: [
        {
          type: 'Resource',
          resource: {
            name: 'cpu',
            target: { type: 'Utilization', averageUtilization: knobs.targetCpu },
          },
        },
      ],
    },
  }
}

export function podDisruptionBudget(knobs: Knobs): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata(knobs),
    spec: { maxUnavailable: 1, selector: { matchLabels: knobs.selector } },
  }
}

export function serviceMonitor(knobs: Knobs): Manifest {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: metadata(knobs),
    spec: {
      selector: {
        matchLabels: { ...knobs.selector, 'app.kubernetes.io/component': 'admin' },
      },
      endpoints: [{ port: 'admin', path: '/metrics', interval: '15s' }],
    },
  }
}

function metadata({ fullName, labels }: Knobs): Manifest {
  return { name: fullName, labels }
}

function adminName({ fullName }: Knobs): string {
  return `${fullName}-admin`
}

function portName(index: number): string {
  return index === 0 ? 'http' : `http-${index + 1}`
}
