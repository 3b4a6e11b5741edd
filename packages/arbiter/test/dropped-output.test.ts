import { expect, it } from 'vitest'

import { droppedOutputNotice } from '../src/dropped-output.ts'

function watch(): {
  readonly lines: readonly string[]
  readonly beat: (dropped: number, afterMs?: number) => void
  readonly end: () => void
} {
  const lines: string[] = []
  const warning = (line: string): unknown => lines.push(line)
  let now = 0
  const notice = droppedOutputNotice({ warning } as never, () => now)
  return {
    lines,
    beat(dropped, afterMs = 1_000) {
      now += afterMs
      notice.beat(7, dropped)
    },
    end: () => notice.forget(7),
  }
}

it('says that output is lost, once a minute as long as it is', () => {
  const { lines, beat } = watch()
  for (let second = 1; second <= 90; second += 1) beat(second)
  expect(lines).toEqual([
    expect.stringMatching(/pid 7 could not write 1 pieces of output so far/),
    expect.stringMatching(/could not write 61 pieces/),
  ])
})

it('says how much was lost when there is room again, because the warning may have been lost too', () => {
  const { lines, beat } = watch()
  for (const dropped of [0, 3, 9, 9, 9]) beat(dropped)
  expect(lines).toEqual([
    expect.stringMatching(/could not write 3 pieces/),
    expect.stringMatching(/can write its output again; 9 pieces of it were lost/),
  ])
})

it('does not say it again and again where output comes and goes', () => {
  const { lines, beat } = watch()
  for (let lost = 0; lost < 20; lost += 1) {
    beat(lost + 1)
    beat(lost + 1)
  }
  expect(lines).toHaveLength(2)
  beat(20, 60_000)
  expect(lines.at(-1)).toMatch(/20 pieces of it were lost/)
})

it('counts anew for another worker with the same pid', () => {
  const { lines, beat, end } = watch()
  beat(9)
  end()
  beat(2)
  expect(lines.at(-1)).toMatch(/could not write 2 pieces/)
})
