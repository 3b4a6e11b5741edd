import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

test('a tick stays cheap after the garbage has been collected', () => {
  // Without it a tick costs six times as much: see keep-ticks-fast.ts. When this fails because `leave` has become cheap as
  // well, V8 or Node has been mended, and the file can go.
  expect(costOfTick('keep')).toBeLessThan(costOfTick('leave') / 2)
})

function costOfTick(what: 'keep' | 'leave'): number {
  const fixture = fileURLToPath(new URL('./fixtures/time-ticks.ts', import.meta.url))
  return Number(
    execFileSync(process.execPath, ['--expose-gc', fixture, what], { encoding: 'utf8' }),
  )
}
