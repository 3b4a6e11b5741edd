import { frontConfigMap } from './front-objects.ts'
import {
  adminService,
  configMap,
  deployment,
  horizontalPodAutoscaler,
  type Knobs,
  type Manifest,
  podDisruptionBudget,
  service,
  serviceMonitor,
} from './objects.ts'
import type { Plan } from './plan.ts'

export interface Builder {
  readonly file: string
  readonly build: (knobs: Knobs) => Manifest
  /** The value of the chart that turns it on; without it is always there. */
  readonly when?: string
  /** Only where nginx stands before nunicorn. */
  readonly front?: true
  /** Not for every cluster, so `kubectl apply -f manifests/` leaves it out. */
  readonly optional?: true
}

/** One file each, in manifests and chart. */
export function buildersFor({ front }: Plan): readonly Builder[] {
  return builders.filter((builder) => !builder.front || front !== undefined)
}

const builders: readonly Builder[] = [
  { file: 'configmap.yaml', build: configMap },
  { file: 'nginx.yaml', build: frontConfigMap, front: true },
  { file: 'deployment.yaml', build: deployment },
  { file: 'service.yaml', build: service },
  { file: 'admin-service.yaml', build: adminService },
  { file: 'hpa.yaml', build: horizontalPodAutoscaler, when: 'autoscaling.enabled' },
  { file: 'pdb.yaml', build: podDisruptionBudget, when: 'podDisruptionBudget.enabled' },
  {
    file: 'servicemonitor.yaml',
    build: serviceMonitor,
    when: 'serviceMonitor.enabled',
    optional: true,
  },
]
