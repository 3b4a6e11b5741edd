import { age, type FleetLine, type FleetView } from '@nunicorn/view'

import { byId, element, setAttributes, setText } from './dom.ts'

/** The name of the instance, what state it is in, and what it is. */
export function header(): (view: FleetView) => void {
  const facts = byId('facts')
  return ({ fleet }) => {
    if (fleet === undefined) return
    setText(byId('name'), nameOf(fleet))
    setText(byId('state'), stateText(fleet))
    setAttributes(byId('state'), { 'data-tone': toneOf(fleet) })
    const text = factsOf(fleet)
    if (facts.textContent !== text.join('')) {
      facts.replaceChildren(...text.map((fact) => element('span', {}, fact)))
    }
    const title = `${nameOf(fleet)}: ${fleet.state}, ${fleet.ready} of ${fleet.target} ready`
    if (document.title !== title) document.title = title
  }
}

/** An instance without a name of its own is called by its app, of which the file is enough here. */
function nameOf({ name, app }: FleetLine): string {
  return name === app ? (app.split('/').at(-1) ?? app) : name
}

function stateText({ state, reload, stale }: FleetLine): string {
  const more = [
    reload && `reloading to generation ${reload.generation}: ${reload.stage}`,
    stale > 0 && `${stale} stale`,
  ]
  return [state, ...more].filter(Boolean).join(' · ')
}

function toneOf({ state, stale, lastReload, reload }: FleetLine): string {
  if (state === 'degraded') return 'bad'
  if (state !== 'serving' || stale > 0 || reload) return 'warning'
  return lastReload && lastReload.result !== 'finished' ? 'warning' : 'good'
}

function factsOf(fleet: FleetLine): readonly string[] {
  const { app, version, pid, generation, upMs, listeners, lastReload } = fleet
  return [
    app,
    ...listeners,
    `nunicorn ${version}`,
    `pid ${pid}`,
    `up ${age(upMs)}`,
    `generation ${generation}`,
    ...(lastReload ? [`last reload ${lastReload.result}`] : []),
  ]
}
