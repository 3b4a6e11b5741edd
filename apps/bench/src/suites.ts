import type { Suite } from './suite.ts'
import { classSuite } from './suites/classes.ts'

/** Everything that is measured, in this order. */
export const suites: readonly Suite[] = [classSuite]
