import type { BootOrder, LogLevel, WorkerSettings } from '@nunicorn/contract'

import type { Generation } from './fleet.ts'
import { type ArbiterSettings, beatMsFor } from './settings.ts'

/** What a worker must know to boot. */
export function bootOrder({
  slot,
  generation,
  command,
  logLevel,
}: {
  readonly slot: number
  readonly generation: Generation
  readonly command: string
  readonly logLevel: LogLevel | undefined
}): BootOrder {
  const { settings } = generation
  const {
    app,
    appArguments,
    name,
    workerClass,
    workerConnections,
    maxRequests,
    maxRequestsJitter,
  } = settings
  const jitter = Math.floor(Math.random() * (maxRequestsJitter + 1))
  return {
    number: slot,
    generation: generation.number,
    app,
    appArguments,
    name,
    workerClass,
    command,
    beatMs: beatMsFor(settings),
    maxRequests: maxRequests === 0 ? 0 : maxRequests + jitter,
    workerConnections,
    logLevel: logLevel ?? settings.logLevel,
    ...(settings.accessLog && { accessLog: settings.accessLog }),
    settings: workerSettings(settings),
  }
}

/** Not all that the arbiter was told: these are shown to every worker class. */
function workerSettings({
  keepAliveMs,
  gracefulTimeoutMs,
  headerTimeoutMs,
  bodyTimeoutMs,
  writeTimeoutMs,
  requestTimeoutMs,
}: ArbiterSettings): WorkerSettings {
  return {
    keepAliveMs,
    gracefulTimeoutMs,
    headerTimeoutMs,
    bodyTimeoutMs,
    writeTimeoutMs,
    requestTimeoutMs,
  }
}
