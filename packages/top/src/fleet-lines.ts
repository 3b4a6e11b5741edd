import {
  age,
  bytes,
  type FleetLine,
  milliseconds,
  percent,
  perSecond,
  type Point,
} from '@nunicorn/view'

import { type Line, line, type Span, type Tone } from './line.ts'
import { sparkline } from './sparkline.ts'

/** The whole instance in three lines. */
export function fleetLines(fleet: FleetLine, history: readonly Point[]): readonly Line[] {
  return [nameLine(fleet), stateLine(fleet), loadLine(fleet, history)]
}

function nameLine({ name, app, listeners, version, pid, upMs }: FleetLine): Line {
  const facts = [
    ...(app === name ? [] : [app]),
    ...listeners,
    `nunicorn ${version}`,
    `pid ${pid}`,
    `up ${age(upMs)}`,
  ]
  return line({ text: name, bold: true }, { text: `  ${facts.join(' · ')}`, tone: 'soft' })
}

function stateLine(fleet: FleetLine): Line {
  const { state, ready, target, stale, generation, reload, lastReload } = fleet
  const spans: Span[] = [
    { text: `● ${state}`, tone: stateTone(fleet), bold: true },
    { text: `  ${ready} of ${target} ready`, tone: ready < target ? 'warning' : undefined },
  ]
  if (stale > 0) spans.push({ text: `, ${stale} stale`, tone: 'bad' })
  spans.push({ text: `  generation ${generation}` })
  if (reload)
    spans.push({ text: `  reloading to ${reload.generation}: ${reload.stage}`, tone: 'accent' })
  else if (lastReload) spans.push(lastReloadSpan(lastReload))
  return line(...spans)
}

function lastReloadSpan({ result, why }: NonNullable<FleetLine['lastReload']>): Span {
  return result === 'finished'
    ? { text: '  last reload took', tone: 'soft' }
    : { text: `  last reload ${result}: ${why ?? 'no reason is known'}`, tone: 'bad' }
}

function stateTone({ state, stale }: FleetLine): Tone {
  if (state === 'degraded') return 'bad'
  return state === 'serving' && stale === 0 ? 'good' : 'warning'
}

const sparkWidth = 30
/** Fewer values show no course. */
const leastValues = 5

function loadLine(fleet: FleetLine, history: readonly Point[]): Line {
  const rates = history.map(({ requestsPerSecond }) => requestsPerSecond)
  const known = rates.filter((rate) => rate !== undefined)
  const spark = known.length < leastValues ? '' : sparkline(rates, sparkWidth)
  const figures: readonly (readonly [string, string])[] = [
    ['p50 ', milliseconds(fleet.p50Ms)],
    ['p99 ', milliseconds(fleet.p99Ms)],
    ['loop ', `${percent(fleet.utilisation)} (busiest ${percent(fleet.highestUtilisation)})`],
    ['connections ', String(fleet.connections ?? 0)],
    ['in flight ', String(fleet.inFlight ?? 0)],
    ['memory ', bytes(fleet.memoryBytes)],
  ]
  return line(
    { text: 'req/s ', tone: 'soft' },
    { text: perSecond(fleet.requestsPerSecond), bold: true },
    { text: spark === '' ? '' : ` ${spark}`, tone: 'accent' },
    ...figures.flatMap(([name, value]): Span[] => [
      { text: `  ${name}`, tone: 'soft' },
      { text: value },
    ]),
  )
}
