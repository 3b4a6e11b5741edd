import type { Contender } from './contender.ts'
import type { Results } from './results.ts'
import type { Group, Suite } from './suite.ts'

/** Who takes part. */
export interface Attendance {
  readonly absent: Results['absent']
  readonly versions: Results['versions']
  /** The groups without those who are absent; groups of nobody are left out. */
  present(groups: readonly Group[]): readonly Group[]
}

interface Call {
  readonly withoutPeers: boolean
  readonly signal: AbortSignal
  readonly onProgress: (text: string) => void
}

/** Gets everyone whom the suites need. Who cannot be had is absent, and the reason goes into the report. */
export async function callContenders(suites: readonly Suite[], call: Call): Promise<Attendance> {
  const needed = suites
    .flatMap(({ groups }) => groups)
    .flatMap(({ entrants }) => entrants)
    .map(({ contender }) => contender)
  const absent: Results['absent'][number][] = []
  const versions: Record<string, string> = {}
  for (const contender of new Set(needed)) {
    const reason = await obtain(contender, call)
    if (reason !== undefined) absent.push({ contender: contender.name, reason })
    else if (contender.version) versions[contender.name] = await contender.version()
  }
  const isPresent = ({ name }: Contender) => !absent.some(({ contender }) => contender === name)
  return {
    absent,
    versions,
    present: (groups) =>
      groups
        .map((group) => ({
          ...group,
          entrants: group.entrants.filter(({ contender }) => isPresent(contender)),
        }))
        .filter(({ entrants }) => entrants.length > 0),
  }
}

/** The reason, if it cannot be had. */
async function obtain(
  { name, obtain: get }: Contender,
  { withoutPeers, signal, onProgress }: Call,
): Promise<string | undefined> {
  if (!get) return undefined
  if (withoutPeers) return 'left out by --without-peers'
  try {
    onProgress(`getting ${name}`)
    await get(signal)
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    return (error as Error).message
  }
}
