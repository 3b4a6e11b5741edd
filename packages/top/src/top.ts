import { Box, Text, useApp, useInput, useStdin, useWindowSize } from 'ink'
import { createElement, type ReactElement, useReducer, useRef, useSyncExternalStore } from 'react'

import type { TopClient } from './client.ts'
import { announce, type Deed, perform } from './deeds.ts'
import { type Wish, wishOf } from './keys.ts'
import { type Line, line, type Tone } from './line.ts'
import { screenLines } from './screen-lines.ts'
import { changeScreen, firstScreen, help, selectedWorker } from './screen-state.ts'
import type { Watch } from './watch.ts'

export interface TopProps {
  readonly watch: Watch
  readonly client: TopClient
  /** Where profiles are written. */
  readonly directory: string
  readonly coloured: boolean
}

/** The live screen: lines of the instance, and keys that steer it. */
export function Top({ watch, client, directory, coloured }: TopProps): ReactElement {
  const { fleet: view, late } = useSyncExternalStore(watch.subscribe, watch.view)
  const [screen, change] = useReducer(changeScreen, firstScreen)
  const size = useWindowSize()
  const { isRawModeSupported } = useStdin()
  const { exit } = useApp()
  const deeds = useRef({ count: 0, scaling: [] as number[] })

  async function fulfil(deed: Deed): Promise<void> {
    const id = ++deeds.current.count
    change({ type: 'noticed', id, line: announce(deed) })
    if (deed.type === 'scale') deeds.current.scaling.push(deed.to)
    const { notice, panel } = await perform(deed, client)
    if (deed.type === 'scale') deeds.current.scaling.shift()
    change({ type: 'noticed', id, line: notice })
    if (panel) change({ type: 'panel-opened', panel })
  }

  function obey(wish: Wish): void {
    switch (wish.type) {
      case 'do':
        return void fulfil(wish.deed)
      case 'move':
        return change({ type: 'moved', by: wish.by, workers: view.workers })
      case 'help':
        return change(
          screen.panel ? { type: 'panel-closed' } : { type: 'panel-opened', panel: help },
        )
      case 'close':
        return change({ type: 'panel-closed' })
      case 'quit':
        return exit()
    }
  }

  useInput(
    (input, key) => {
      const target = deeds.current.scaling.at(-1) ?? view.fleet?.target ?? 1
      const place = { view, selected: screen.selected, target, directory, now: new Date() }
      const wish = wishOf({ input, key }, place)
      if (wish) obey(wish)
    },
    { isActive: isRawModeSupported },
  )

  const state = {
    selected: selectedWorker(screen.selected, view.workers)?.key,
    panel: screen.panel,
    notices: [...screen.notices.map((notice) => notice.line), ...(late ? [lateLine] : [])],
  }
  const lines = screenLines(view, { state, size })
  const rows = lines.map((one, key) => createElement(Row, { key, line: one, coloured }))
  return createElement(Box, { flexDirection: 'column', width: size.columns }, rows)
}

const lateLine = line({ text: 'The instance does not answer; what is shown is old.', tone: 'bad' })

const colours: Readonly<Record<Tone, string>> = {
  good: 'green',
  warning: 'yellow',
  bad: 'red',
  soft: 'gray',
  accent: 'cyan',
}

interface RowProps {
  readonly line: Line
  readonly coloured: boolean
}

function Row({ line: { spans, selected = false }, coloured }: RowProps): ReactElement {
  const parts = spans.map(({ text, tone, bold = false }, key) => {
    const color = coloured && tone && { color: colours[tone] }
    return createElement(Text, { key, bold: bold || selected, ...color }, text)
  })
  // A line without text would have no height.
  const blank = spans.every(({ text }) => text === '')
  return createElement(Text, { wrap: 'truncate-end' }, blank ? ' ' : parts)
}
