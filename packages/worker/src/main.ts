/**
 * The executable entry of a worker process: the arbiter spawns this file with an IPC channel. What it imported statically
 * would be compiled before the compile cache is there.
 */
import { enableCompileCache } from 'node:module'

enableCompileCache()
await import('./worker-process.ts')
