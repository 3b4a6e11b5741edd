/** The process of our own client. Argument: the load as JSON; it prints the result as JSON. */
import { rehearse } from './rehearse.ts'
import { type TimedLoad, timeLoad } from './time-load.ts'

const load = JSON.parse(process.argv[2]!) as TimedLoad
await rehearse(load)
process.stdout.write(JSON.stringify(await timeLoad(load)))
