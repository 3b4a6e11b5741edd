import { element, escape, type Fragment } from './element.ts'

/** A whole picture of fragments below each other, for light and for dark surroundings. */
export function page(title: string, fragments: readonly Fragment[]): string {
  const width = Math.max(...fragments.map((fragment) => fragment.width)) + 2 * margin
  let top = margin
  const parts: string[] = []
  for (const { height, content } of fragments) {
    parts.push(element('g', { transform: `translate(${margin} ${top})` }, `\n${content}\n`))
    top += height + margin
  }
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${top}`,
    width,
    height: top,
    role: 'img',
  }
  const inside = [`<title>${escape(title)}</title>`, `<style>${style}</style>`, ...parts]
  return `${element('svg', attributes, `\n${inside.join('\n')}\n`)}\n`
}

const margin = 16

/** Colours that hold their contrast on white and on black; what must differ says so for the dark. */
const style = `
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 15px; font-weight: 600 }
.subtitle { font-size: 12px; fill: #6e7781 }
.label { text-anchor: end }
text.ours { font-weight: 600 }
.bar { fill: #9aa5b1 }
.bar.ours { fill: #2da44e }
.spread { stroke: #24292f; stroke-width: 1.5; opacity: 0.55 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .subtitle { fill: #8d96a0 }
  .bar { fill: #57606a }
  .bar.ours { fill: #3fb950 }
  .spread { stroke: #e6edf3 }
}
`
