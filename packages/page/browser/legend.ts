import type { Point } from '@nunicorn/view'

import { element, setAttributes, setText } from './dom.ts'
import type { Series } from './lines.ts'

/** Names the lines, and says what they are at the point that is looked at. */
export function legend(text: (value: number) => string): {
  readonly element: Element
  /** @returns what it says now, in words */
  readonly draw: (series: readonly Series[], point: Point | undefined) => string
} {
  const caption = element('figcaption', { class: 'legend' })
  const entries: { readonly swatch: Element; readonly words: Element }[] = []

  function fit(count: number): void {
    while (entries.length > count) {
      entries.pop()
      caption.lastElementChild?.remove()
    }
    while (entries.length < count) {
      const entry = { swatch: element('i', { 'aria-hidden': 'true' }), words: element('span') }
      entries.push(entry)
      caption.append(element('span', {}, entry.swatch, entry.words))
    }
  }

  return {
    element: caption,
    draw(series, point) {
      fit(series.length)
      const all = series.map(({ name, class: colour, value }, index) => {
        const now = point && value(point)
        const words = `${name} ${now === undefined ? '–' : text(now)}`
        const entry = entries[index]
        if (entry) {
          setAttributes(entry.swatch, { class: `swatch ${colour}` })
          setText(entry.words, words)
        }
        return words
      })
      return all.join(', ')
    },
  }
}
