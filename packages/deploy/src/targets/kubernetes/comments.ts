/** Why a line of a manifest is as it is, by its path; the same in manifests and chart. */
export const comments: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ConfigMap: {
    'data.NUNICORN_WORKERS':
      'auto: one for each CPU of the limit (the quota of the cgroup), rounded down, at least one; without a limit one for\neach CPU of the node, so give a limit or a number. One worker alone has no neighbour while it is replaced.',
    'data.NUNICORN_DRAIN_DELAY':
      'After TERM readiness says no at once, and accepting goes on for so long: until nobody sends here any more.',
  },
  Deployment: {
    'spec.selector':
      'No replicas here: the HorizontalPodAutoscaler decides, and applying this again would set it back.',
    'spec.strategy': 'A new pod is ready before an old one goes.',
    'spec.template.metadata.annotations':
      'Changes with the ConfigMap, so that pods are replaced when a setting changes.',
    'spec.template.spec.terminationGracePeriodSeconds':
      'drain-delay + graceful-timeout + 5s: nunicorn has ended by itself before the kubelet kills. No preStop hook is\nneeded: a sleep there would only do what drain-delay does, without readiness saying so.',
    'spec.template.spec.shareProcessNamespace':
      'The pause container is process 1 then, and takes leave of orphans: Node does not.',
    'spec.template.spec.containers.0.envFrom':
      'Secrets of the app go into a Secret of the same name, if there is one.',
    'spec.template.spec.containers.0.startupProbe':
      'boot-timeout, and to spare, until the first worker is ready.',
    'spec.template.spec.containers.0.readinessProbe':
      'No from TERM on and while no worker is ready. With one worker left it says yes.',
    'spec.template.spec.containers.0.livenessProbe':
      'Only the arbiter: hung and crashed workers are its business, and no reason to restart the pod.',
    'spec.template.spec.containers.0.resources':
      'With workers auto the CPU limit is the number of workers.',
    'spec.template.spec.containers.0.volumeMounts':
      'All that nunicorn writes: the control socket of nunicorn ctl, and reports of fatal errors.',
  },
  HorizontalPodAutoscaler: {
    'spec.metrics': 'Of what is requested, not of the limit.',
  },
  PodDisruptionBudget: {
    'spec.maxUnavailable': 'With minAvailable a single pod could never be moved from its node.',
  },
  ServiceMonitor: {
    spec: 'Needs the CRDs of the Prometheus operator.',
  },
}
