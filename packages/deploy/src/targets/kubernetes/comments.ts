import type { Manifest } from './objects.ts'

type Comments = Readonly<Record<string, string>>

/** Why a line of a manifest is as it is, by its path; the same in manifests and chart. */
export function commentsFor(manifest: Manifest): Comments {
  const kind = String(manifest['kind'])
  if (kind === 'ConfigMap') return ofConfigMap(manifest)
  if (kind !== 'Deployment') return comments[kind] ?? {}
  const text = JSON.stringify(manifest)
  const nunicorn = `spec.template.spec.${text.includes('"initContainers"') ? 'initContainers' : 'containers'}.0`
  return {
    ...comments[kind],
    ...Object.fromEntries(
      Object.entries(ofNunicorn).map(([path, why]) => [`${nunicorn}.${path}`, why]),
    ),
    ...(nunicorn.includes('init') && ofFront),
  }
}

function ofConfigMap({ data }: Manifest): Comments {
  const { NUNICORN_BIND: bind } = data as Readonly<Record<string, unknown>>
  if (typeof bind !== 'string') return {}
  const { 'data.NUNICORN_DRAIN_DELAY': delay = '', ...others } = comments['ConfigMap'] ?? {}
  const behind = bind.startsWith('unix:')
  return {
    ...others,
    'data.NUNICORN_DRAIN_DELAY': behind ? 'nginx waits instead, before it leaves.' : delay,
  }
}

/** From the container of nunicorn on. */
const ofNunicorn: Comments = {
  envFrom: 'Secrets of the app go into a Secret of the same name, if there is one.',
  startupProbe: 'boot-timeout, and to spare, until the first worker is ready.',
  readinessProbe: 'No from TERM on and while no worker is ready. With one worker left it says yes.',
  livenessProbe:
    'Only the arbiter: hung and crashed workers are its business, and no reason to restart the pod.',
  resources: 'With workers auto the CPU limit is the number of workers.',
  volumeMounts:
    'All that may be written: the control socket of nunicorn ctl, reports of fatal errors, and what nunicorn ctl heap and\nprofile are told to put there (--output /tmp/...).',
}

/** What is otherwise where nginx stands before nunicorn. */
const ofFront: Comments = {
  'spec.template.spec.terminationGracePeriodSeconds':
    'drain-delay + graceful-timeout for nginx, and again for nunicorn and what goes on after an answer, + 5s.',
  'spec.template.spec.initContainers':
    'Not a container that initialises anything: with restartPolicy Always (Kubernetes 1.29) it is one that starts before\nnginx and gets TERM when nginx has ended. So what nginx has passed on is answered, whoever ends.',
  'spec.template.spec.containers.0.lifecycle':
    'drain-delay: it goes on accepting until nobody sends here any more. Then comes QUIT, which images of nginx name as their\nSTOPSIGNAL, and it finishes what it has begun.',
}

const comments: Readonly<Record<string, Readonly<Record<string, string>>>> = {
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
