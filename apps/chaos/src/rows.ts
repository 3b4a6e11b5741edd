import { clients } from './rows/clients.ts'
import { hangs } from './rows/hangs.ts'
import { killedWorkers } from './rows/killed-workers.ts'
import { operations } from './rows/operations.ts'
import { reload } from './rows/reload.ts'
import { resources } from './rows/resources.ts'
import { shutdown } from './rows/shutdown.ts'
import type { Row } from './rows/row.ts'

/** The bar: all 90 of them, whether the feature is there yet or not. */
export const rows: readonly Row[] = [
  ...killedWorkers,
  ...hangs,
  ...reload,
  ...shutdown,
  ...clients,
  ...resources,
  ...operations,
]
