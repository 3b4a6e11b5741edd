import {
  flagName,
  formatDuration,
  parseDuration,
  type Problem,
  type Resolved,
} from '@nunicorn/settings'
import { formatAddress } from '@nunicorn/sockets/address'

import { ofOption, ofSetting } from '../../problems.ts'
import type { Place } from '../../target.ts'
import { containerContradictions } from '../container/contradictions.ts'
import { isLoopback, reachOf } from '../container/reach.ts'
import { bodySizeForm } from '../nginx/contradictions.ts'
import { frontContradictions } from './front.ts'
import { drainDelayMsOf } from './plan.ts'

/** The arbiter kills what has not left a second after its deadline. */
const killGraceMs = 2_000

/** Whatever would make Kubernetes and nunicorn work against each other. */
export function contradictions(resolved: Resolved, place: Place): readonly Problem[] {
  return [
    ...malformed(place),
    ...containerContradictions(resolved, reachOf(resolved, 'outside')),
    ...frontContradictions(resolved, place),
    ...unfitPorts(resolved),
    ...unfitAdmin(resolved),
    ...noDrainDelay(resolved),
    ...graceTooShort(resolved, place),
  ]
}

const image = {
  form: /^[\w./:-]+(@sha256:[\da-f]{64})?$/,
  what: 'name of an image',
  mend: 'Give REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:DIGEST.',
}
const forms = {
  replicas: { form: /^[1-9]\d*$/, what: 'number of pods', mend: 'Give a whole number above 0.' },
  'max-replicas': {
    form: /^[1-9]\d*$/,
    what: 'number of pods',
    mend: 'Give a whole number above 0.',
  },
  cpu: {
    form: /^\d+(\.\d+)?$|^\d+m$/,
    what: 'amount of CPU',
    mend: 'Give a number of CPUs such as 2 or 500m.',
  },
  memory: {
    form: /^\d+(\.\d+)?([kMGT]i?)?$/,
    what: 'amount of memory',
    mend: 'Give an amount such as 512Mi or 1Gi.',
  },
  image,
  'nginx-image': image,
  'body-size': { form: bodySizeForm, what: 'size', mend: 'Give bytes, or with k, m or g: 10m.' },
} as const

function malformed({ options }: Place): Problem[] {
  const { replicas = '2', 'max-replicas': most, 'grace-period': grace } = options
  const unread = Object.entries(forms).flatMap(([name, { form, what, mend }]) => {
    const value = options[name]
    return value === undefined || form.test(value)
      ? []
      : [ofOption(name, value, { message: `'${value}' is no ${what}.`, mend })]
  })
  if (grace !== undefined && parseDuration(grace) === undefined)
    unread.push(
      ofOption('grace-period', grace, {
        message: `'${grace}' is no time.`,
        mend: 'Give seconds (60) or a number with its unit (90s, 2m).',
      }),
    )
  if (most !== undefined && Number(most) < Number(replicas))
    unread.push(
      ofOption('max-replicas', most, {
        message: `${most} is fewer than the ${replicas} pods to begin with.`,
        mend: 'Give more, or fewer --replicas.',
      }),
    )
  return unread
}

function unfitPorts(resolved: Resolved): Problem[] {
  return resolved.settings.bind.flatMap((address) => {
    const text = formatAddress(address)
    if (address.type === 'tcp' && address.port > 0 && address.port < 1024)
      return [
        ofSetting(resolved, 'bind', text, {
          message: `port ${address.port} may need a privilege, and the container has none.`,
          mend: 'Give :8000: the Service shows it at port 80.',
        }),
      ]
    return []
  })
}

function unfitAdmin(resolved: Resolved): Problem[] {
  const { admin } = resolved.settings
  if (admin === undefined || (admin.type === 'tcp' && !isLoopback(admin))) return []
  const text = formatAddress(admin)
  return [
    ofSetting(resolved, 'admin', text, {
      message: `'${text}' is where the probes of the kubelet, which come to the address of the pod, do not reach.`,
      mend: 'Give :9000, or leave it out.',
    }),
  ]
}

function noDrainDelay(resolved: Resolved): Problem[] {
  if (drainDelayMsOf(resolved) > 0) return []
  return [
    ofSetting(resolved, 'drainDelay', 0, {
      message:
        'without a delay a pod stops accepting at TERM, while the Service goes on sending to it for a moment: each rollout would refuse connections.',
      mend: 'Give 5s, or leave it out.',
    }),
  ]
}

function graceTooShort(resolved: Resolved, { options }: Place): Problem[] {
  const graceMs = parseDuration(options['grace-period'] ?? '')
  const drainMs = drainDelayMsOf(resolved)
  const { bind, gracefulTimeoutMs } = resolved.settings
  const { length: sockets } = bind.filter(({ type }) => type === 'unix')
  const needsMs = drainMs + (sockets > 0 ? 2 : 1) * gracefulTimeoutMs + killGraceMs
  if (graceMs === undefined || graceMs >= needsMs) return []
  return [
    ofOption('grace-period', options['grace-period'], {
      message: `the kubelet would kill everything after ${formatDuration(graceMs)}, while ${sockets > 0 ? 'nginx, and then the workers, may each' : 'workers may'} drain for ${flagName('gracefulTimeout')} ${formatDuration(gracefulTimeoutMs)} after ${flagName('drainDelay')} ${formatDuration(drainMs)}.`,
      mend: `Give at least ${formatDuration(needsMs)}, or shorten these settings.`,
    }),
  ]
}
