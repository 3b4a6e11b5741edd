import { NunicornError } from '@nunicorn/contract'
import { describe, expect, it } from 'vitest'

import { createInspections, type InspectionOptions, type Inspections } from '../src/inspections.ts'

type Ask = InspectionOptions['fleet']['ask']

/** One worker, number 1, that answers so. */
function inspectionsOf(ask: Ask): Inspections {
  return createInspections({
    state: () => ({ workers: [{ id: 1, slot: 1, phase: 'ready' }] }) as never,
    dispatch: () => {},
    fleet: { ask, pid: () => 7 } as never,
    doctor: {} as never,
  })
}

function failing(code: string): Ask {
  return async (_id, { type }) => {
    if (type === 'pulse') throw new NunicornError({ code, message: 'No.' })
    return 5
  }
}

const order = { seconds: 1, file: '/x' }

describe('before it is given work, a worker', () => {
  it('hangs if it says nothing', async () => {
    await expect(inspectionsOf(failing('no-answer')).profile(1, order)).rejects.toMatchObject({
      code: 'hangs',
    })
  })

  it('that is a program is said to be one, not to hang', async () => {
    await expect(inspectionsOf(failing('cannot-answer')).profile(1, order)).rejects.toMatchObject({
      code: 'cannot-answer',
    })
  })

  it('lives if it answers, even with an error', async () => {
    expect(await inspectionsOf(failing('other')).profile(1, order)).toMatchObject({ bytes: 5 })
  })
})

it('a worker that writes a heap snapshot is not asked for another until that is done', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const inspections = inspectionsOf(async (_id, { type }) =>
    type === 'pulse' ? undefined : await promise,
  )
  const first = inspections.heapSnapshot(1, '/x')
  await expect(inspections.heapSnapshot(1, '/y')).rejects.toMatchObject({ code: 'busy' })
  resolve(3)
  expect(await first).toMatchObject({ bytes: 3 })
  expect(await inspections.heapSnapshot(1, '/y')).toMatchObject({ bytes: 3 })
})
