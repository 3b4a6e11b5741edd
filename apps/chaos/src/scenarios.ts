import type { Scenario } from './scenario.ts'
import { boots } from './scenarios/boots.ts'
import { clients } from './scenarios/clients.ts'
import { controlSocket } from './scenarios/control-socket.ts'
import { crashLoops } from './scenarios/crash-loops.ts'
import { drainDelay } from './scenarios/drain-delay.ts'
import { hung } from './scenarios/hung.ts'
import { killed } from './scenarios/killed.ts'
import { logRotation } from './scenarios/log-rotation.ts'
import { memoryLimit } from './scenarios/memory-limit.ts'
import { memory } from './scenarios/memory.ts'
import { queues } from './scenarios/queues.ts'
import { reloadHeld } from './scenarios/reload-held.ts'
import { reloads } from './scenarios/reloads.ts'
import { resources } from './scenarios/resources.ts'
import { scrapes } from './scenarios/scrapes.ts'
import { settings } from './scenarios/settings.ts'
import { signals } from './scenarios/signals.ts'
import { slowClients } from './scenarios/slow-clients.ts'
import { stops } from './scenarios/stops.ts'
import { suspended } from './scenarios/suspended.ts'
import { time } from './scenarios/time.ts'

/** All that is executable, in the order in which it is run. */
export const scenarios: readonly Scenario[] = [
  ...killed,
  ...crashLoops,
  ...hung,
  ...reloads,
  ...reloadHeld,
  ...boots,
  ...settings,
  ...stops,
  ...suspended,
  ...signals,
  ...clients,
  ...resources,
  ...time,
  ...memory,
  ...memoryLimit,
  ...slowClients,
  ...queues,
  ...drainDelay,
  ...controlSocket,
  ...scrapes,
  ...logRotation,
].toSorted((a, b) => a.row - b.row)
