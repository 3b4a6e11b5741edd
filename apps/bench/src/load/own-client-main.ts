/** The process of our own client. Argument: the load as JSON; it prints the result as JSON. */
import { type TimedLoad, timeLoad } from './time-load.ts'

const result = await timeLoad(JSON.parse(process.argv[2]!) as TimedLoad)
process.stdout.write(JSON.stringify(result))
