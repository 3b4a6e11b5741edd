/** A part of a picture, and the room that it takes. */
export interface Fragment {
  readonly width: number
  readonly height: number
  readonly content: string
}

type Attributes = Readonly<Record<string, string | number>>

export function element(name: string, attributes: Attributes, content?: string): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escape(`${value}`)}"`,
  )
  const start = `<${name}${written.join('')}`
  return content === undefined ? `${start}/>` : `${start}>${content}</${name}>`
}

export function text(content: string, attributes: Attributes): string {
  return element('text', attributes, escape(content))
}

export function escape(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
