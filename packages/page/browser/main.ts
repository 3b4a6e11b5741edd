import { emptyView, type FleetView, withEvents, withStatus } from '@nunicorn/view'

import { byId } from './dom.ts'
import { eventList } from './event-list.ts'
import { followEvents } from './follow-events.ts'
import { header } from './header.ts'
import { pollStatus } from './poll-status.ts'
import { plots } from './plots.ts'
import { tiles } from './tiles.ts'
import { workerTable } from './worker-table.ts'

let view: FleetView = emptyView
const parts = [
  header(),
  tiles(byId('tiles')),
  plots(byId('plots')),
  workerTable(byId('workers')),
  eventList(byId('events'), byId('no-events')),
]

/** However much comes at once, and as long as nobody looks, it is drawn once. */
let drawing = false
function draw(): void {
  if (drawing) return
  drawing = true
  requestAnimationFrame(() => {
    drawing = false
    for (const part of parts) part(view)
  })
}

const feed = followEvents((events) => {
  view = withEvents(view, events)
  draw()
})

pollStatus({
  onStatus(status) {
    const before = view.status
    view = withStatus(view, status)
    if (before && (before.pid !== status.pid || before.startedAt !== status.startedAt))
      feed.restart()
    else feed.revive()
    byId('lost').hidden = true
    document.body.classList.remove('lost')
    draw()
  },
  onLost(why) {
    byId('lost').hidden = false
    byId('lost').textContent = lostText(why)
    document.body.classList.add('lost')
  },
})

function lostText(why: string): string {
  const last =
    view.status && `What is shown is of ${new Date(view.status.at).toLocaleTimeString()}.`
  return ['Connection lost; trying again.', last, `(${why})`].filter(Boolean).join(' ')
}
