import type { Resolved } from '@nunicorn/settings'

/** Whether the app is one of Python: `-k uvicorn`, by whichever of its names. */
export function isPython({ settings }: Resolved): boolean {
  return /^uvicorn(?:\.|$)/.test(settings.workerClass)
}
