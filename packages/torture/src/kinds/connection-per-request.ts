import { again } from '../again.ts'
import { ask, type Load } from '../ask.ts'

export function connectionPerRequest(load: Load): Promise<void> {
  return again(load, async () => {
    return (await ask(load, { kind: 'connection-per-request', close: true })).outcome
  })
}
