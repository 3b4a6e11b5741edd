/** What an element is given: attributes, and text or other elements within it. */
export type Attributes = Readonly<Record<string, string | number | undefined>>

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  setAttributes(made, attributes)
  made.append(...children)
  return made
}

export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag)
  setAttributes(made, attributes)
  made.append(...children)
  return made
}

export function setAttributes(target: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) target.removeAttribute(name)
    else if (target.getAttribute(name) !== String(value)) target.setAttribute(name, String(value))
  }
}

/** Touches the page only where something has changed, so that a selection of text survives. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text
}

/** Makes the children be those of the keys, in this order; those that stay are kept. */
export function keepChildren<Key>(
  parent: Element,
  {
    keys,
    children,
    make,
  }: {
    readonly keys: readonly Key[]
    readonly children: Map<Key, Element>
    readonly make: (key: Key) => Element
  },
): void {
  for (const [key, child] of children) {
    if (keys.includes(key)) continue
    child.remove()
    children.delete(key)
  }
  for (const [index, key] of keys.entries()) {
    const child = children.get(key) ?? make(key)
    children.set(key, child)
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null)
  }
}

/** One of the elements that index.html has. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`The page has no #${id}`)
  return found
}
