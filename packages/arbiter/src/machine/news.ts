import type { Cause } from './cause.ts'
import type { State } from './state.ts'

/** A cause that so many slots have had is the whole fleet's, and need not be said of each. */
const mostSlots = 6
/** A slot that finds a new way to fail each time is heard so often, until it is healthy again. */
const mostKinds = 8

/** Whether the log does not know this death yet: no such one in its slot has been told since that was last healthy. */
export function isNews(
  { slots, target }: Pick<State, 'slots' | 'target'>,
  { slot, kind }: { readonly slot: number; readonly kind: string },
): boolean {
  const said = slots[slot]?.said ?? []
  if (said.includes(kind) || said.length >= mostKinds) return false
  const others = Object.entries(slots).filter(
    ([number, health]) => Number(number) <= target && health.said.includes(kind),
  )
  return others.length < mostSlots
}

/** What the log knows of a slot after one more death. */
export function withSaid(said: readonly string[] = [], kind: string): readonly string[] {
  return said.includes(kind) || said.length >= mostKinds ? said : [...said, kind]
}

/** The same for deaths that are told alike. */
export function kindOf(cause: Cause): string {
  return [cause.type, ...particularsOf(cause)].join(' ')
}

function particularsOf(cause: Cause): readonly unknown[] {
  switch (cause.type) {
    case 'app-load':
    case 'boot':
      return [alike(cause.error.message)]
    case 'exit':
      return [cause.code, alike(cause.error?.message ?? '')]
    case 'signal':
      return [cause.signal, cause.report?.event]
    case 'hang':
    case 'boot-timeout':
      return [cause.diagnosis.verdict]
    case 'spawn':
      return [alike(cause.message)]
    default:
      return []
  }
}

/** Without what differs from one time to the next: numbers, times, identifiers. */
function alike(message: string): string {
  return (message.split('\n', 1)[0] ?? '').replaceAll(/\w*\d\w*/g, '#')
}
