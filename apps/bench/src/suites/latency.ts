import { allInJavaScript, withWorkers } from '../entrants.ts'
import { latency } from '../measurements/latency.ts'
import type { Suite } from '../suite.ts'

/** Without Gunicorn: at 70 % of what FastAPI can do, the others would have nothing to do. */
export const latencySuite: Suite = {
  name: 'latency',
  title: 'how long answers take below saturation, two workers',
  groups: [{ entrants: withWorkers(2, allInJavaScript) }],
  measurements: [latency],
}
