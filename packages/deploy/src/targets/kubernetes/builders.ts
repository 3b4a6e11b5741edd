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

export interface Builder {
  readonly file: string
  readonly build: (knobs: Knobs) => Manifest
  /** The value of the chart that turns it on; without it is always there. */
  readonly when?: string
  /** Not for every cluster, so `kubectl apply -f manifests/` leaves it out. */
  readonly optional?: true
}

/** One file each, in manifests and chart. */
export const builders: readonly Builder[] = [
  { file: 'configmap.yaml', build: configMap },
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
