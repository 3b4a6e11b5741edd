import type { Scenario } from './scenario.ts'
import { crashLoops } from './scenarios/crash-loops.ts'
import { hung } from './scenarios/hung.ts'
import { killed } from './scenarios/killed.ts'
import { reloadHeld } from './scenarios/reload-held.ts'
import { reloads } from './scenarios/reloads.ts'

/** All that is executable, in the order in which it is run. */
export const scenarios: readonly Scenario[] = [
  ...killed,
  ...crashLoops,
  ...hung,
  ...reloads,
  ...reloadHeld,
].toSorted((a, b) => a.row - b.row)
