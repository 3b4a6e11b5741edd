import { readFile } from 'node:fs/promises'

import type { MemoryGauge } from './ports.ts'

/**
 * Measures by the proportional set size: of a page that several processes share each counts its part, so that the sum
 * over all workers is what they cost. What has been swapped out counts as well, or a leak would shrink by it.
 *
 * For PSS the kernel walks all pages of the process; the resident size, which is never smaller, it has at hand.
 */
export function memoryGauge(): MemoryGauge {
  return {
    async measure(pid, aboveBytes) {
      const resident = sum(await read(`/proc/${pid}/status`), ['VmRSS', 'VmSwap'])
      if (resident === undefined || resident <= aboveBytes) return resident
      return sum(await read(`/proc/${pid}/smaps_rollup`), ['Pss', 'SwapPss']) ?? resident
    },
  }
}

/** Both files have lines such as `VmRSS:     46712 kB`. Undefined if the first key is missing; swap may not exist. */
function sum(text: string, keys: readonly [string, ...string[]]): number | undefined {
  const values = keys.map((key) => new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1])
  if (values[0] === undefined) return undefined
  return values.reduce((total, value) => total + Number(value ?? 0) * 1_024, 0)
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return ''
  }
}
