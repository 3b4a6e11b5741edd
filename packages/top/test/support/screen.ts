import { setTimeout as sleep } from 'node:timers/promises'

import { render } from 'ink-testing-library'
import { createElement } from 'react'

import { Top } from '../../src/top.ts'
import { watchInstance } from '../../src/watch.ts'
import type { FakeInstance } from './fake-instance.ts'

export interface ShownScreen extends Disposable {
  press(keys: string): void
  /** Resolves with the screen once this is on it. */
  shows(text: string | RegExp): Promise<string>
  frame(): string
}

export function showScreen({ client }: FakeInstance): ShownScreen {
  const watch = watchInstance(client, { everyMs: 5, patienceMs: 50 })
  const top = render(createElement(Top, { watch, client, directory: '/profiles', coloured: false }))
  const frame = (): string => top.lastFrame() ?? ''
  return {
    press: (keys) => top.stdin.write(keys),
    async shows(text) {
      const giveUpAt = performance.now() + 4_000
      while (!(typeof text === 'string' ? frame().includes(text) : text.test(frame()))) {
        if (performance.now() > giveUpAt) throw new Error(`no ${text} in\n${frame()}`)
        await sleep(2)
      }
      return frame()
    },
    frame,
    [Symbol.dispose]() {
      top.unmount()
      watch[Symbol.dispose]()
    },
  }
}
