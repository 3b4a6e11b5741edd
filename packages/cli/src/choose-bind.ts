import type { Resolved } from '@nunicorn/settings'
import {
  type Address,
  describeInherited,
  findInherited,
  formatAddress,
  type Inherited,
} from '@nunicorn/sockets'

import type { ServiceManager } from './service-manager.ts'

export interface ChosenBind {
  readonly bind: readonly Address[]
  /** What of all that may not be meant. */
  readonly warnings: readonly string[]
}

/**
 * Where to listen. As in Gunicorn, sockets that were passed take the place of all addresses; but `fd://` in any of them
 * means that they have been chosen with care.
 *
 * @throws NunicornError `no-such-socket`, `not-a-socket`
 */
export function chooseBind(
  { settings, origins }: Pick<Resolved, 'settings' | 'origins'>,
  { inherited, passedTo }: Pick<ServiceManager, 'inherited' | 'passedTo'>,
): ChosenBind {
  const wanted = settings.bind
  if (wanted.some(({ type }) => type === 'inherited')) {
    const bind = findInherited(wanted, inherited)
    return { bind, warnings: warnOfUnused(bind, inherited) }
  }
  if (inherited.length === 0) return { bind: wanted, warnings: warnOfForeign(passedTo) }
  const all = inherited.map(({ fd }): Address => ({ type: 'inherited', socket: fd }))
  const ignored =
    origins.bind.type === 'default'
      ? []
      : [
          `${wanted.map(formatAddress).join(', ')} is ignored: the sockets that were passed to this process take its place. Write fd://NAME to choose among them, beside other addresses if need be`,
        ]
  return { bind: findInherited(all, inherited), warnings: ignored }
}

function warnOfUnused(bind: readonly Address[], inherited: readonly Inherited[]): string[] {
  const used = new Set(bind.map(formatAddress))
  const unused = inherited.filter(({ fd }) => !used.has(`fd://${fd}`))
  if (unused.length === 0) return []
  return [
    `${describeInherited(unused)}, which no address of bind names: who connects there will wait in vain`,
  ]
}

function warnOfForeign(passedTo: string | undefined): string[] {
  if (passedTo === undefined) return []
  return [
    `LISTEN_FDS is set, but meant for process ${passedTo} (LISTEN_PID) and not for this one, so no socket is taken over: start node and nunicorn directly, without npx or a shell in between`,
  ]
}
