import type { Check } from './checks.ts'
import type { Machine } from './machine.ts'
import type { Sample, Soak } from './soak.ts'

/** The verdict of a soak as Markdown, with a sample for each few minutes. */
export function soakReport(
  seen: Soak,
  { checks, machine }: { readonly checks: readonly Check[]; readonly machine: Machine },
): string {
  const { requests, lost, excused, faults, samples, durationMs } = seen
  const passed = checks.every((each) => each.passed)
  const minutes = (durationMs / 60_000).toFixed(1)
  return `${[
    '# Soak',
    '<!-- Written by `npx pnpm chaos --soak`: do not edit. -->',
    `${machine.cpu}, ${machine.parallelism} CPUs, ${machine.system}, Node ${machine.node}.`,
    `**${passed ? 'Passed' : 'Failed'}**: ${minutes} minutes, ${requests.toLocaleString('en-US')} requests, ${lost} lost, ` +
      `${excused} held by workers that were killed; ${Object.entries(faults)
        .map(([name, count]) => `${count} ${name}`)
        .join(', ')}.`,
    checks
      .map(
        ({ what, passed, detail }) =>
          `- ${passed ? '✓' : '✗'} ${what}${passed ? '' : `: ${detail}`}`,
      )
      .join('\n'),
    table(thinned(samples)),
  ].join('\n\n')}\n`
}

/** At most 24 of them, evenly. */
function thinned(samples: readonly Sample[]): readonly Sample[] {
  const step = Math.max(1, Math.ceil(samples.length / 24))
  return samples.filter((_, index) => index % step === 0)
}

function table(samples: readonly Sample[]): string {
  const head = ['after', 'descriptors', 'arbiter MB', 'largest worker MB', 'processes', 'log lines']
  const lines = samples.map((sample) => [
    `${Math.round(sample.atMs / 1_000)} s`,
    sample.descriptors,
    (sample.supervisorKilobytes / 1_024).toFixed(1),
    (sample.workerKilobytes / 1_024).toFixed(1),
    sample.processes,
    sample.logLines,
  ])
  return [head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n')
}
