import { createHash } from 'node:crypto'

import type { DeployFile } from '../../target.ts'
import { buildersFor } from './builders.ts'
import { commentsFor } from './comments.ts'
import { yamlOf } from './ink.ts'
import type { Knobs } from './objects.ts'
import type { Plan } from './plan.ts'

export const targetCpu = 70

/** Plain manifests: `kubectl apply -f manifests/`. */
export function manifestFiles(plan: Plan, header: readonly string[]): readonly DeployFile[] {
  const knobs = knobsOf(plan)
  return buildersFor(plan).map(({ file, build, optional }) => {
    const manifest = build(knobs)
    return {
      path: `manifests/${optional ? 'optional/' : ''}${file}`,
      text: yamlOf(manifest, header, commentsFor(manifest)),
    }
  })
}

export function resourcesOf({ cpu, memory }: Plan): Readonly<Record<string, unknown>> {
  return { requests: { cpu, memory }, limits: { cpu, memory } }
}

/** Of nginx: little, and no limit of CPU, since what it has to do comes with what nunicorn does. */
export const frontResources = {
  requests: { cpu: '100m', memory: '128Mi' },
  limits: { memory: '128Mi' },
}

function knobsOf(plan: Plan): Knobs {
  const selector = { 'app.kubernetes.io/name': plan.name }
  return {
    fullName: plan.name,
    labels: selector,
    selector,
    image: `${plan.image.repository}:${plan.image.tag}`,
    pullPolicy: 'IfNotPresent',
    workers: String(plan.workers),
    drainDelay: `${plan.drainDelaySeconds}s`,
    gracefulTimeout: `${plan.gracefulTimeoutSeconds}s`,
    graceSeconds: plan.graceSeconds,
    startSeconds: plan.startSeconds,
    scale: {},
    minReplicas: plan.replicas,
    maxReplicas: plan.maxReplicas,
    targetCpu,
    resources: resourcesOf(plan),
    servicePort: 80,
    settingsHash: createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 12),
    environment: plan.environment,
    bind: plan.bind,
    ports: plan.ports,
    adminPort: plan.adminPort,
    adminHost: plan.adminHost,
    ...(plan.front && {
      front: {
        ...plan.front,
        image: `${plan.front.image.repository}:${plan.front.image.tag}`,
        resources: frontResources,
        delaySeconds: String(plan.drainDelaySeconds),
        gracefulSeconds: plan.gracefulTimeoutSeconds,
      },
    }),
  }
}
