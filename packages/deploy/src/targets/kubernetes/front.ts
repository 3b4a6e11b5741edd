import { dirname, normalize } from 'node:path'

import { type Problem, type Resolved } from '@nunicorn/settings'
import { formatAddress } from '@nunicorn/sockets/address'

import { ofOption, ofSetting } from '../../problems.ts'
import type { Place } from '../../target.ts'
import { planFor } from '../nginx/plan.ts'
import { site } from '../nginx/site.ts'
import { type Image, imageOf } from './image.ts'

/** The nginx of a pod whose nunicorn is on a Unix socket. */
export interface Front {
  readonly image: Image
  readonly port: number
  /** Where the socket is: a volume that both containers see. */
  readonly socketFolder: string
  /** As `nunicorn deploy nginx` writes it. */
  readonly site: string
}

const usualPort = 8_080
const usualImage = 'nginx:1.28-alpine'
/** Folders in which no image has files that it needs. */
const shareable = /^\/(?:run|var\/run|tmp)\/./

/** Undefined where nunicorn itself is reached from outside. */
export function frontOf(
  resolved: Resolved,
  { place, adminPort }: { readonly place: Place; readonly adminPort: number },
): Front | undefined {
  const [address] = resolved.settings.bind
  if (address?.type !== 'unix') return undefined
  const { options } = place
  const port = adminPort === usualPort ? usualPort + 1 : usualPort
  // Health is asked for at the admin address, by the kubelet alone.
  const settings = { ...resolved.settings, admin: undefined }
  const bodySize = options['body-size']
  const plan = planFor(
    { ...resolved, settings },
    {
      ...place,
      options: { listen: String(port), ...(bodySize !== undefined && { 'body-size': bodySize }) },
    },
  )
  return {
    image: imageOf(options['nginx-image'] ?? usualImage),
    port,
    socketFolder: dirname(normalize(address.path)),
    site: site({ ...plan, behindProxy: true }, ['As nunicorn deploy nginx writes it, for a pod.']),
  }
}

/** What cannot be shared with an nginx, or is meant for one that is not there. */
export function frontContradictions(resolved: Resolved, { options }: Place): readonly Problem[] {
  const { bind } = resolved.settings
  const sockets = bind.flatMap((address) => (address.type === 'unix' ? [address] : []))
  if (sockets.length === 0) return withoutOne(options)
  const others = bind.length - 1
  return [
    ...(others > 0
      ? [
          ofSetting(resolved, 'bind', bind.map(formatAddress).join(','), {
            message:
              'the nginx of the pod speaks to one Unix socket, and is the only one that a Service sends to.',
            mend: 'Give one Unix socket alone, or addresses of TCP alone.',
          }),
        ]
      : []),
    ...sockets
      .filter(({ path }) => !shareable.test(dirname(normalize(path))))
      .map((address) =>
        ofSetting(resolved, 'bind', formatAddress(address), {
          message: `the folder of '${formatAddress(address)}' is shared with nginx as a volume, which hides what the image has there.`,
          mend: 'Give it a folder of its own: unix:/run/nunicorn/app.sock.',
        }),
      ),
  ]
}

function withoutOne(options: Place['options']): readonly Problem[] {
  return ['nginx-image', 'body-size'].flatMap((name) =>
    options[name] === undefined
      ? []
      : [
          ofOption(name, options[name], {
            message: 'there is no nginx in a pod whose nunicorn listens on TCP.',
            mend: 'Leave it out, or give -b unix:/run/nunicorn/app.sock.',
          }),
        ],
  )
}
