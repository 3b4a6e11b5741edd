import type { SettingName } from '@nunicorn/settings'

import { provenance } from '../provenance.ts'
import type { Target } from '../target.ts'
import { chartFiles } from './kubernetes/chart.ts'
import { contradictions } from './kubernetes/contradictions.ts'
import { manifestFiles } from './kubernetes/manifests.ts'
import { planFor } from './kubernetes/plan.ts'

/** The settings that decide what is in the manifests. */
const uses: readonly SettingName[] = [
  'bind',
  'admin',
  'workers',
  'gracefulTimeout',
  'drainDelay',
  'bootTimeout',
]

/** Manifests for kubectl and a chart for Helm, of the same objects. */
export const kubernetes: Target = {
  name: 'kubernetes',
  summary: 'plain manifests and a Helm chart',
  options: [
    {
      name: 'image',
      placeholder: 'IMAGE',
      help: 'What to run, REGISTRY/NAME:TAG; by default named after the app, :latest.',
    },
    { name: 'replicas', placeholder: 'N', help: 'The fewest pods; by default 2.' },
    { name: 'max-replicas', placeholder: 'N', help: 'The most pods; by default 10.' },
    {
      name: 'cpu',
      placeholder: 'N',
      help: 'CPUs of a pod, requested and limit; by default one for each worker, 2 with workers auto.',
    },
    {
      name: 'memory',
      placeholder: 'SIZE',
      help: 'Memory of a pod, requested and limit; by default 1Gi.',
    },
    {
      name: 'grace-period',
      placeholder: 'TIME',
      help: 'terminationGracePeriodSeconds of the manifests; by default drain-delay + graceful-timeout + 5s.',
    },
    {
      name: 'nginx-image',
      placeholder: 'IMAGE',
      help: 'With a Unix socket to bind: the nginx that the pod gets before it; by default nginx:1.28-alpine.',
    },
    {
      name: 'body-size',
      placeholder: 'SIZE',
      help: 'How large the body of a request may be for that nginx; by default 10m.',
    },
  ],
  contradictions,
  render(resolved, place) {
    const plan = planFor(resolved, place)
    const header = [
      'Written by nunicorn deploy kubernetes, from these settings:',
      ...provenance(resolved, uses).map((line) => `  ${line}`),
      ...(plan.offers.length > 0
        ? [
            'Nobody gave these, and without them it would not work:',
            ...plan.offers.map((line) => `  ${line}`),
          ]
        : []),
      'They are passed as variables, which win over the config file in the image. Write this anew when they change.',
    ]
    return [...manifestFiles(plan, header), ...chartFiles(plan, header)]
  },
}
