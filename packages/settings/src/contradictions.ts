import { flagName } from './names.ts'
import type { Problem } from './problem.ts'
import { formatSize } from './size.ts'
import type { NunicornSettings, Origins } from './types.ts'

/** What is wrong with settings each of which is right by itself. */
export function contradictions({
  settings,
  origins,
}: {
  readonly settings: NunicornSettings
  readonly origins: Origins
}): Problem[] {
  return [...limitsThatCross(settings, origins), ...linesInTheLog(settings, origins)]
}

function limitsThatCross(
  { maxMemoryBytes: soft, maxMemoryHardBytes: hard }: NunicornSettings,
  origins: Origins,
): Problem[] {
  if (soft === 0 || hard === 0 || hard > soft) return []
  return [
    {
      setting: 'maxMemoryHard',
      value: hard,
      origin: origins.maxMemoryHard,
      message: `${formatSize(hard)} is not more than ${flagName('maxMemory')}, ${formatSize(soft)}, so every worker would be killed before it could be replaced.`,
      mend: `Give more than ${formatSize(soft)}, and room for what a worker may add in a few seconds.`,
    },
  ]
}

function linesInTheLog(
  { accessLogfile, captureOutput }: NunicornSettings,
  origins: Origins,
): Problem[] {
  if (accessLogfile !== '-' || !captureOutput) return []
  return [
    {
      setting: 'accessLogfile',
      value: accessLogfile,
      origin: origins.accessLogfile,
      message: `With ${flagName('captureOutput')} the stdout of the workers is part of the log, so every request would pass through the arbiter.`,
      mend: `Give a file, or leave out ${flagName('captureOutput')}.`,
    },
  ]
}
